"""Finding passages: two legs (vectors, words), one fusion, and the signals that a benchmark justified."""
