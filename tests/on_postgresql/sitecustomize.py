"""Python runs this at its start where the folder is on PYTHONPATH: programs that a test starts use PostgreSQL too."""

import swap

swap.install()
"""Nothing happens unless the suite said which server to use."""
