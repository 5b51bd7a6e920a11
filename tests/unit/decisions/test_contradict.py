"""Which two decisions are told as candidates for a contradiction, and which are only alike."""

import pytest

from ingest.chunk import chunk_document
from ingest.readers import read_document
from kb.decisions.contradict import Choice, choice_of, opposed
from kb.model import StoredChunk
