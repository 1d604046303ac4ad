"""A page as PDF, made for archives (PDF/A-3u): real text, embedded Chinese fonts, tags, bookmarks; the one door to
WeasyPrint.

Nothing is fetched, from the network or from a file: whatever a page shows stands in it, as text or as ``data:``. The
same page gives the same bytes on the same installation; the number in the file (its identifier) is that of the page, so
a reader can tell whether a PDF is of the page at hand without making it again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import subprocess
import sys
import threading
import unicodedata
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import ImageFile

from qi_pipeline.errors import InstallationError, PassingError
from qi_pipeline.reports.files import write_whole

VARIANT = "pdf/a-3u"
"""ISO 19005-3, level U: every character can be found by search."""
FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC")
"""The fonts of letters and of reports (Debian's fonts-noto-cjk, SIL Open Font License 1.1)."""
_PANGO = (
    "no PDF can be made: the library Pango is not installed; install libpango-1.0-0, libpangoft2-1.0-0 and "
    "libharfbuzz-subset0 (Debian), then write the letter again"
)
_FONT = (
    f"no PDF can be made: the font {FONTS[0]} is not installed; install fonts-noto-cjk (Debian), then write it again"
)
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
"""Characters that nobody sees, whether a font has them or not."""
_TAIL = 2048
"""Bytes at the end of a PDF in which its identifier stands."""
_START_SECONDS, _PAGE_SECONDS = 60, 20
"""What a process that writes PDFs may take to start, and for each page."""

_log = logging.getLogger(__name__)
_turn = threading.Lock()
"""Pango is not made for several threads at once."""


def pdf_of(page: str) -> bytes:
    """The page as PDF; raises :class:`InstallationError` where Pango, the font or a character of it is missing."""
    weasyprint = _weasyprint()
    from weasyprint.urls import URLFetcher

    with _turn, warnings.catch_warnings():
        # The library leaves its colour profile open until the next collection of garbage.
        warnings.simplefilter("ignore", ResourceWarning)
        document = weasyprint.HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=["data"]))
        made = document.write_pdf(
            font_config=_fonts(),
            finisher=lambda drawn, _pdf: _refuse_holes(drawn),
            pdf_variant=VARIANT,
            pdf_tags=True,
            pdf_identifier=identifier(page).encode("ascii"),
        )
    assert isinstance(made, bytes)
    return made


def identifier(page: str) -> str:
    """The number of the page in its PDF: 32 hexadecimal digits."""
    return hashlib.sha256(f"{VARIANT}\n{page}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def is_pdf_of(path: Path, page: str) -> bool:
    """Whether the file is there and was made from exactly this page."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _TAIL))
            return f"({identifier(page)})".encode("ascii") in stream.read()
    except FileNotFoundError:
        return False


def write_pdf(path: Path, page: str) -> None:
    """Writes the page as PDF, whole or not at all; one that is there already stays as it is."""
    if not is_pdf_of(path, page):
        write_whole(path, pdf_of(page))


def try_pdf(path: Path, page: str) -> str | None:
    """None once the PDF is there; else why it can't be made, said in the log, and no older one is left in its place.

    For work that goes on without it: the page itself is what counts.
    """
    try:
        write_pdf(path, page)
    except InstallationError as error:
        path.unlink(missing_ok=True)
        _log.warning("%s: %s", path.name, error)
        return str(error)
    return None


def write_many(pages: Iterable[tuple[Path, str]]) -> dict[Path, str]:
    """Why some could not be written, by path; the others are written, each whole, by a process of its own.

    That process ends with its memory, and takes nobody with it if a page hurts it. Raises :class:`PassingError` where
    it was killed or took too long; what it wrote stays, and the next call goes on.
    """
    wanted = [(path, page) for path, page in pages if not is_pdf_of(path, page)]
    if not wanted:
        return {}
    lines = "".join(json.dumps([str(path), page]) + "\n" for path, page in wanted)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "qi_pipeline.reports.pdf"],
            input=lines.encode("ascii"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_START_SECONDS + _PAGE_SECONDS * len(wanted),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PassingError("writing PDFs took too long; `qi-pipeline letter write` writes the rest") from error
    if done.returncode != 0:
        raise PassingError(
            f"the process that writes PDFs ended with status {done.returncode}; "
            "`qi-pipeline letter write` writes the rest"
        )
    return {Path(path): why for path, why in json.loads(done.stdout)}


def _weasyprint() -> Any:  # noqa: ANN401 - the library has no types
    """WeasyPrint, imported when the first page is written: it takes two seconds."""
    try:
        import weasyprint
    except OSError as error:
        raise InstallationError(_PANGO) from error
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # its import lets the whole process take pictures that end early for whole
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells every property that only screens need
    return weasyprint


@functools.cache
def _fonts() -> Any:  # noqa: ANN401
    """The fonts of the system, opened once: every opening keeps tens of megabytes until garbage is collected."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def _refuse_holes(document: Any) -> None:  # noqa: ANN401
    """Nothing; raises :class:`InstallationError` where the page would be drawn in other fonts or with empty boxes."""
    fonts = list(document.fonts.values())
    drawn = {code for font in fonts for text in font.to_unicode.values() for code in map(ord, text)}
    if any(0x4E00 <= code <= 0x9FFF for code in drawn) and not any("CJK" in font.family for font in fonts):
        raise InstallationError(_FONT)
    lacking = {chr(code) for font in fonts for code in font.missing if unicodedata.category(chr(code)) not in _UNSEEN}
    if lacking:
        signs = "".join(sorted(lacking))
        raise InstallationError(
            f"no PDF can be made: no installed font has {signs}; install one that has it, then write it again"
        )


def _work() -> None:
    """Writes what stdin names, a JSON array of path and page a line; says on stdout what could not be written."""
    failed: list[tuple[str, str]] = []
    for line in sys.stdin:
        path, page = json.loads(line)
        try:
            write_pdf(Path(path), page)
        except InstallationError as error:
            failed.append((path, str(error)))
    sys.stdout.write(json.dumps(failed))


if __name__ == "__main__":
    _work()
