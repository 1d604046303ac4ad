"""``extract``: what is read from files, without touching the database."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_json, settings
from qi_pipeline.cli.output import print_json, say, say_table
from qi_pipeline.errors import ExitCode

if TYPE_CHECKING:
    from qi_pipeline.model import FileFailure
    from qi_pipeline.papers import FileDocuments


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("extract", help="read files and print their documents and fields")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a PDF, image, OFD, DOCX, XLSX or zip")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reads the files and prints what they hold; exit 3 when one of them could not be read."""
    from qi_pipeline.papers import extract_files
    from qi_pipeline.policy import load_policy
    from qi_pipeline.shapes import failure_json

    given = settings()
    with tempfile.TemporaryDirectory(prefix="qi-extract-") as folder:
        files, failed = extract_files(arguments.files, given, load_policy(given.policy), Path(folder))
    if arguments.json:
        print_json({"files": [file.to_json() for file in files], "failed": [failure_json(item) for item in failed]})
    else:
        _print_for_people(files, failed)
    return int(ExitCode.QUARANTINED if failed else ExitCode.OK)


def _print_for_people(files: list[FileDocuments], failed: list[FileFailure]) -> None:
    for file in files:
        say(f"{file.file}: {file.pages} pages")
        for document in file.documents:
            say(f"  {document.kind} ({document.confidence:.2f}) pages {', '.join(map(str, document.pages))}")
            rows = [
                ["    " + name, f"{field.confidence:.2f}", str(field.page), _shown(field.value)]
                for name, field in document.fields.items()
            ]
            if rows:
                say_table(["    field", "conf", "page", "value"], rows)
    for failure in failed:
        say(f"{failure.file}: {failure.code}: {failure.message}")


def _shown(value: object) -> str:
    text = f"{len(value)} rows" if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
