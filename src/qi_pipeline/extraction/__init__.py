"""Pages of words to documents with fields."""
