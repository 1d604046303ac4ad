"""``python -m qi_pipeline.reading [--pages DIR] FILE...``: what was read from each file, one JSON line a file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from qi_pipeline.codec import to_json
from qi_pipeline.errors import PacketError
from qi_pipeline.model import FileFailure
from qi_pipeline.policy import load_policy
from qi_pipeline.reading.files import read_file
from qi_pipeline.reading.page import PageReader


def main() -> int:
    """Exit status: 0 when every file was read, 3 when one was not."""
    parser = argparse.ArgumentParser(prog="python -m qi_pipeline.reading", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--pages", type=Path, default=Path("pages"), help="folder for the page images")
    parser.add_argument("--engine", default="rapidocr", help="rapidocr or tesseract")
    arguments = parser.parse_args()
    reader = PageReader(load_policy(None).limits, arguments.engine)
    status = 0
    for path in arguments.files:
        try:
            result: object = read_file(path, path.name, reader, arguments.pages)
        except PacketError as error:
            result, status = FileFailure(file=path.name, code=error.code, message=str(error)), 3
        sys.stdout.write(json.dumps(to_json(result), ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return status


if __name__ == "__main__":
    raise SystemExit(main())
