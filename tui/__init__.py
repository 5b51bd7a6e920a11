"""The face on the screen: a terminal interface over the same methods as the shell."""
