"""Letters made from templates that a platform may edit: shipped ones, and over them those of its ``templates/`` folder.

A platform's template is text from outside: it runs in Jinja's sandbox, everything it prints is escaped, and it can read
nothing but the other templates. A letter is checked before anything of it is written: a value that it needs and that is
missing is an error that names letter and value, never a letter with a hole.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import jinja2
import jinja2.meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from qi_pipeline.errors import UsageError
from qi_pipeline.reports.dates import day
from qi_pipeline.reports.masking import printed
from qi_pipeline.reports.official import REQUIRED, Letter
from qi_pipeline.reports.templating import plain

_COMMON = ("platform", "institution", "number", "on")
_FAULTS = (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What a template that somebody edited can do wrong while it runs."""
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_REMEDY = {
    "institution": "give the institution its name by `import` or a `change` packet",
    "uscc": "look at the institution with `qi-pipeline institution show`",
    "platform": "set QI_PLATFORM",
}


class LetterError(UsageError):
    """A letter that can't be written as it should read; the message names letter and value."""

    code = "letter"


class Templates:
    """The templates in force; ``folder`` holds the platform's own, each instead of the shipped one of its name."""

    def __init__(self, folder: Path | None, platform: str) -> None:
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{folder}: no folder of templates; make it, or set QI_TEMPLATES to another")
        self.folder, self.platform = folder, platform
        shipped = jinja2.PackageLoader("qi_pipeline.reports", "templates")
        own = [jinja2.FileSystemLoader(folder)] if folder is not None else []
        self._jinja = ImmutableSandboxedEnvironment(
            loader=jinja2.ChoiceLoader([*own, shipped]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=_printed,
            trim_blocks=True,
            lstrip_blocks=True,
            # Whoever edits a template gets other Templates: a night fills tens of thousands of letters.
            auto_reload=False,
        )
        self._jinja.filters["day"] = day

    def page(self, letter: Letter) -> str:
        """The letter as a page; raises :class:`LetterError`."""
        article, title = self.article(letter)
        return "".join(self._page([article], f"{title} · {letter.institution}", letter.on, letter.lang, single=True))

    def pages(self, articles: Iterable[Markup], title: str, on: date) -> Iterator[str]:
        """A page of letters, each on a sheet of its own, piece by piece."""
        yield from self._page(articles, title, on, "zh", single=False)

    def article(self, letter: Letter) -> tuple[Markup, str]:
        """The letter without the page around it, and its title; raises :class:`LetterError`."""
        values = {
            **letter.values,
            "key": letter.key,
            "number": letter.number,
            "institution": letter.institution,
            "uscc": letter.uscc,
            "on": letter.on,
            "draft": letter.draft,
            "lang": letter.lang,
            "platform": self.platform,
        }
        for name in (*_COMMON, *REQUIRED[letter.kind]):
            value = values.get(name)
            if value in (None, [], ()) or not str(value).strip():
                remedy = _REMEDY.get(name, "complete the record that the letter is made from")
                raise LetterError(f"letter {letter.key} ({letter.kind}): {name} is missing; {remedy}")
        name = template_name(letter.kind, letter.lang)
        text = self._filled(name, values, letter.key)
        heading = _HEADING.search(text)
        title = _title(heading.group(1)) if heading else ""
        if not title:
            raise LetterError(f"{name}: it prints no title; put one into <h1>")
        return Markup(text), title  # noqa: S704 - escaped by the template

    def names(self) -> list[str]:
        """The files of the platform's folder that are in force or should be, sorted."""
        if self.folder is None:
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_file() and not path.name.startswith("."))

    def used_by_own(self) -> set[str]:
        """The templates that those of the platform include or extend, as far as they can be read."""
        found: set[str] = set()
        for name in self.names():
            try:
                tree = self._jinja.parse(((self.folder or Path()) / name).read_text(encoding="utf-8"))
            except (jinja2.TemplateError, UnicodeDecodeError):
                continue
            found |= {each for each in jinja2.meta.find_referenced_templates(tree) if each is not None}
        return found

    @property
    def fingerprint(self) -> str:
        """Another one whenever a template of the platform's own is another."""
        folder = self.folder or Path()
        texts = ((name, (folder / name).read_bytes()) for name in self.names())
        return hashlib.sha256(repr(tuple(texts)).encode()).hexdigest()

    def _filled(self, name: str, values: dict[str, object], key: str) -> str:
        try:
            return plain(self._jinja.get_template(name).render(values))
        except jinja2.TemplateSyntaxError as error:
            raise LetterError(
                f"{error.name or name}, line {error.lineno}: {error.message}; mend the template"
            ) from error
        except _FAULTS as error:
            raise LetterError(
                f"letter {key}: {name} can't be filled: {error}; it may use {', '.join(sorted(values))}"
            ) from error

    def _page(self, articles: Iterable[str], title: str, on: date, lang: str, *, single: bool) -> Iterator[str]:
        try:
            for piece in self._jinja.get_template("letter_page.html").generate(
                articles=articles, title=title, on=on, lang=lang, single=single, platform=self.platform
            ):
                yield plain(piece)
        except _FAULTS as error:
            raise LetterError(f"letter_page.html can't be filled: {error}; mend the template") from error


@functools.lru_cache(maxsize=64)
def _title(heading: str) -> str:
    """What a heading says, without its tags."""
    return Markup(heading).striptags()  # noqa: S704 - only stripped of its tags


def _printed(value: object) -> object:
    """The value, which a template is about to print; raises for nothing, which would print as ``None``."""
    if value is None:
        raise TypeError("it prints a value that is missing")
    return printed(value)


def template_name(kind: str, lang: str) -> str:
    """The file of the template.

    >>> template_name("audit", "zh"), template_name("admit", "en")
    ('letter_audit.html', 'letter_admit.en.html')
    """
    return f"letter_{kind}.en.html" if lang == "en" else f"letter_{kind}.html"


def templates(folder: Path | None, platform: str) -> Templates:
    """The templates of a workspace; a file that is added or edited meanwhile counts from then on."""
    state: list[tuple[str, int, int]] = []
    if folder is not None and folder.is_dir():
        for path in sorted(folder.iterdir()):
            about = path.stat()
            state.append((path.name, about.st_mtime_ns, about.st_size))
    return _templates(folder, platform, tuple(state))


@functools.lru_cache(maxsize=4)
def _templates(folder: Path | None, platform: str, _state: tuple[tuple[str, int, int], ...]) -> Templates:
    return Templates(folder, platform)
