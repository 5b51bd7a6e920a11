"""Turns text into vectors behind one port; torch and onnxruntime are imported in this room alone."""

import os

# The wheels of ONNX Runtime send what they are used for to their maker, and keep an id of the machine in the home,
# from their import on: told before that, they do neither.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
