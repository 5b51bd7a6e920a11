"""Makes deleted text leave the disk: SQLite only marks its place as free, and full text keeps it until a merge."""

from kb.store.catalog import UNPURGED
from kb.store.database import Database


def purge(database: Database) -> bool:
    """Rewrite the ledger without what was deleted; False when nothing was, or when a reader kept the old pages alive.

    Needs as much free space as the ledger has, and holds off other writers meanwhile. A backup keeps the text until
    the next one takes its place: make it after this.
    """
    if not database.meta(UNPURGED):
        return False
    with database.transaction():
        database.execute(
            "UPDATE change SET title = '', crc = crc(at, source, path, '', kind, what)"
            " WHERE title <> '' AND NOT EXISTS (SELECT 1 FROM file f JOIN source s ON s.id = f.source_id"
            " WHERE s.name = change.source AND f.path = change.path)"
        )
        # One segment out of all: a deleted word stands in an old one, and a later one only says that it is gone.
        database.execute("INSERT INTO chunk_fts (chunk_fts) VALUES ('optimize')")
    database.execute("VACUUM")
    if not database.checkpoint():
        return False
    # Last of all: an interrupt before it makes the next run do it again.
    with database.transaction():
        database.set_meta(UNPURGED, "")
    return True
