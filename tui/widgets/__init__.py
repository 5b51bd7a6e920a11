"""What stands on the screens: one widget a file, each shows what it is given and decides nothing."""
