"""Keeps what was read: the ledger in SQLite, which is the truth, and the vector mirror beside it."""
