"""`--path` means whole names: a folder is not its longer neighbour, and a bracket may be just a bracket."""

from collections.abc import Iterator

import pytest

from kb.model import Document, FoundFile
from kb.store.ledger import Ledger
from kb.store.passages import Filter

PATHS = (
    "docs/adr/n.md", "docs/adr/deep/n.md", "docs/adrian/n.md", "src/x.py", "src/myx.py", "src/in/x.py",
    "src/in/deep/x.py", "x.py", "pages/[id].tsx", "pages/i.tsx", "pages/[slug]/n.md",
)  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with Ledger.open(tmp_path_factory.mktemp("paths") / "ledger.db", create=True) as ledger:
        source = ledger.catalog.add_source("notes", "/notes")
        with ledger.database.transaction():
            for path in PATHS:
                found, document = FoundFile(path, path.encode(), 1, 1), Document("note", path, (), ())
                ledger.catalog.replace_file(source.id, found, digest=b"d", document=document, chunks=())
        yield ledger


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("docs/adr", {"docs/adr/n.md", "docs/adr/deep/n.md"}),
        ("docs/adr/", {"docs/adr/n.md", "docs/adr/deep/n.md"}),
        ("docs/adr/n.md", {"docs/adr/n.md"}),
        ("docs/adr/*", {"docs/adr/n.md", "docs/adr/deep/n.md"}),
        ("docs/**", {"docs/adr/n.md", "docs/adr/deep/n.md", "docs/adrian/n.md"}),
        ("docs/**/n.md", {"docs/adr/n.md", "docs/adr/deep/n.md", "docs/adrian/n.md"}),
        ("**/deep/**/n.md", {"docs/adr/deep/n.md"}),
        ("src/**/x.py", {"src/x.py", "src/in/x.py", "src/in/deep/x.py"}),
        ("**/x.py", {"x.py", "src/x.py", "src/in/x.py", "src/in/deep/x.py"}),
        ("src/*/x.py", {"src/in/x.py", "src/in/deep/x.py"}),
        ("pages/[id].tsx", {"pages/[id].tsx", "pages/i.tsx"}),
        ("pages/[slug]", {"pages/[slug]/n.md"}),
        ("src/?yx.py", {"src/myx.py"}),
    ],
)
def test_a_path_filter_means_whole_names(ledger: Ledger, pattern: str, paths: set[str]) -> None:
    where, parameters = Filter(path_glob=pattern).where()
    rows = ledger.database.execute(f"SELECT f.path FROM file f WHERE {where}", parameters)
    assert {path for (path,) in rows} == paths
