"""Answers without a language model: whole passages, quoted letter for letter, or an honest no."""
