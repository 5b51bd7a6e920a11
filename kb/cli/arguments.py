"""Words of the command line that are not UTF-8: the one place where a verb brings them to the form that is shown."""

import click


def as_shown(text: str) -> str:
    r"""`text` with each byte that is not UTF-8 as ``\xNN``, as the index and its JSON spell it."""
    # Here, and only where there is such a byte: a start must not pay for the application.
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    from kb.app.places import as_known

    return as_known(text)


def shown_value(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """`as_shown` as the callback of an option or argument."""
    return as_shown(value)
