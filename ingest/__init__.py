"""Brings things in: finds files, reads them, cuts them into chunks and hands them to the ledger."""
