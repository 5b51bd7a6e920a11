"""Payload → lines: pure functions, one module per kind of payload; `kb.cli.output` cleans and writes them."""
