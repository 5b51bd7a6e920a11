"""The wire between a command and the daemon: frames, where to meet, the client, and how a daemon is started.

Standard library only, and cheap to import: every command pays for it before it says a word.
"""
