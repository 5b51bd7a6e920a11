"""What a file can be; apart from the other nouns because every command line names them."""

from typing import Literal

Kind = Literal["adr", "til", "note", "code"]
KINDS: tuple[Kind, ...] = ("adr", "til", "note", "code")
