"""Before the question: from messy files to something searchable."""
