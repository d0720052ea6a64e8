"""Notice the unrelated package of the same import name.

On PyPI the name ``tfkit`` belongs to another project. Installed beside ours (the distribution
``tfkit-course``), it writes over our files; this module says so, with the two commands that cure it.
"""


def warn_about_stranger() -> None:
    return
