"""What the other rooms know of an embedding model: the port, and nothing of any runtime."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Vector = NDArray[np.float32]


class Embedder(Protocol):
    """A loaded model; every vector it returns has length 1, so a dot product is the cosine."""

    @property
    def identity(self) -> str:
        """Model name, weights' hash and recipe: vectors of two identities never meet."""
        ...

    @property
    def dim(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longest text in tokens that is read at once; longer ones are read in windows."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> "Matrix":
        """Vectors (n, dim) in the order of the texts; the whole of a long text counts."""
        ...

    def embed_query(self, text: str) -> "Vector":
        """The vector (dim,) of a question."""
        ...

    def embed_tokens(self, text: str) -> "tuple[list[tuple[int, int]], Matrix]":
        """Character spans of the text's tokens, and their vectors in context (t, dim)."""
        ...
