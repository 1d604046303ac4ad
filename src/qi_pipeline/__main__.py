"""``python -m qi_pipeline`` is the command line, where the console script is not on the path."""

from __future__ import annotations

import sys

from qi_pipeline.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
