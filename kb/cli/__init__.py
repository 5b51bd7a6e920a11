"""The face in the shell: one file per verb, each a thin shell over a method of `kb.app`."""
