"""The judge, outside: sees only what `index` and `rag` publish."""
