"""Decisions: which one is in force, and what took the place of the others."""
