"""Which program read a page: names and versions, found without importing an engine (版本).

Stored readings are kept under these names, so that a new engine or a new way of reading reads again.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version

from qi_pipeline.errors import InstallationError

READING_VERSION = "11"
"""Raised whenever the same file may now be read otherwise; stored readings of other versions are not used."""


def engine_version(name: str) -> str:
    """Name and version of the OCR engine ``name``; raises InstallationError when it is not there."""
    if name == "rapidocr":
        try:
            return f"rapidocr {version('rapidocr')} openvino {version('openvino').split('-')[0]}"
        except PackageNotFoundError as error:
            raise InstallationError(f"{error.name} is not installed; install the program's dependencies") from error
    if name == "tesseract":
        return f"tesseract {tesseract_version()}"
    raise InstallationError(f"there is no OCR engine {name!r}; set QI_OCR_ENGINE to rapidocr or tesseract")


def tesseract_version() -> str:
    """Version of the installed tesseract program, such as ``5.5.0``."""
    program = shutil.which("tesseract")
    if program is None:
        raise InstallationError("the program tesseract is not installed; install tesseract with chi_sim and eng")
    shown = subprocess.run(  # noqa: S603 - the program found on PATH, without input
        [program, "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    words = (shown.stdout or shown.stderr).split()
    if shown.returncode != 0 or len(words) < 2:
        raise InstallationError("tesseract --version fails; install tesseract with chi_sim and eng again")
    return words[1].removeprefix("v")
