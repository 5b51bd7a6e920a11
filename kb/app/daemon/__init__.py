"""The process that stays: it owns the index, keeps it fresh, and answers over a socket."""
