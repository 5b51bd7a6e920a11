"""The screens: each asks the library and hands what comes back to its widgets."""
