"""Files to pages of words, tables, seals and codes."""
