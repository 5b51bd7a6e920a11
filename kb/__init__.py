"""A developer's own knowledge base: local, cited, and honest about what it does not hold."""

__version__ = "0.1.0"
