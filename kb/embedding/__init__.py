"""Turns text into vectors behind one port; torch and onnxruntime are imported in this room alone."""
