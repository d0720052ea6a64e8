"""Answers as learners type them: for each exercise some that are right and some that are wrong.

`RIGHT` holds expressions; `WRONG` holds pairs of an expression and words that the verdict must contain.
They may use `tf`, `np`, `keras`, `data`, `rows` and `test_rows`.
"""
