"""A corpus of same-template pages and the questions that are asked of it, written from text templates and a seed.

Ten districts write the same report in the same words every year: the corpus repeats that on purpose, so that
a question for one place and year has many near answers of another place or another year, and one right one.

`world.py` draws what is true, `pages.py` writes it down, `questions.py` and `paraphrase.py` ask for it, `traps.py`
asks for what is not there. All places and people are invented.
"""
