"""Whose rights the tests have."""

import os

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
