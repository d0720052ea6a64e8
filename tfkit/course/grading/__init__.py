"""Submitted notebooks run again, shut in, and judged by the teacher's own checks."""
