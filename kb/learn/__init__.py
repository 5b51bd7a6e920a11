"""Learning from the user's own notes: a plan for a new domain, a tutor, and memory that lasts."""
