"""After the question: from a question to an answer one can check."""
