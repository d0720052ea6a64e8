"""The exercises: one file for each lesson, with all its texts in one place."""
