"""Templates for what the user writes: pure text out of a title, a date and what lies near."""
