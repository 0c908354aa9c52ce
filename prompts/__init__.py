"""The words a language model reads: text files, one per prompt."""
