"""One module per verb; each holds a `command`, imported by `kb.cli.root` when it is called."""
