"""One letter as files: the page, and beside it the same page as PDF."""

from __future__ import annotations

from pathlib import Path

from qi_pipeline.reports.files import write_whole
from qi_pipeline.reports.letter_templates import templates
from qi_pipeline.reports.official import Letter
from qi_pipeline.reports.pdf import try_pdf
from qi_pipeline.settings import Settings


def write_letter(settings: Settings, letter: Letter, folder: Path, *, pdf: bool = True) -> tuple[Path, str | None]:
    """The path of the letter's page in ``folder``, which is made, and why there is no PDF beside it.

    Where no PDF can be made the page stands all the same. Raises
    :class:`~qi_pipeline.reports.letter_templates.LetterError` before anything is written.
    """
    page = templates(settings.templates, settings.platform).page(letter)
    path = folder / f"{letter.key}.html"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, page)
    if pdf:
        return path, try_pdf(path.with_suffix(".pdf"), page)
    path.with_suffix(".pdf").unlink(missing_ok=True)
    return path, None
