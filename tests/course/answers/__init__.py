"""Answers as learners type them: for each exercise some that are right and some that are wrong.

`RIGHT` holds code; `WRONG` holds pairs of code and words that the verdict must contain. Code is an expression, or lines
that define the name which the check reads. It may use `tf`, `np`, `keras`, `tfkit` and what the lesson's `SETUP` makes.
"""
