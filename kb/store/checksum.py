"""One number over a row, kept in its column `crc`: SQLite finds a damaged page's form, never a changed letter in it.

Text counts as its UTF-8 bytes and a number as its digits, so that a check may read every
column as a blob: bytes that are no UTF-8 any more would end the query, not fail to fit.
"""

from zlib import crc32


def row_checksum(*values: bytes | str | int | None) -> int:
    """CRC-32 over the values, each with its length before it, so that no two rows run into the same bytes."""
    total = 0
    for value in values:
        if value is None:
            total = crc32(b"-", total)
            continue
        if isinstance(value, str):
            value = value.encode("utf-8", "surrogatepass")
        elif isinstance(value, int):
            value = b"%d" % value
        total = crc32(value, crc32(b"%d:" % len(value), total))
    return total
