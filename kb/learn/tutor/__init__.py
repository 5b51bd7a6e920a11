"""The tutor: asks before it shows, out of the user's own notes, and starts with a fresh mind each time."""
