"""One module per document kind: what is printed on it and how to find it."""
