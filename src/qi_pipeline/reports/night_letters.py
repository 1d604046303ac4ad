"""The letters that a night causes, as pages and as PDF: which they are, and where each lies.

Every letter is there as a page when the night is over. PDFs take longer, so a night writes only so many, those with the
gravest effect first; the others are made by ``letter write --night``. Each file is whole or absent, and what is there
already from this very page stays, so a killed run goes on where it stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from markupsafe import Markup

from qi_pipeline.errors import PassingError
from qi_pipeline.model import Json
from qi_pipeline.reports import official
from qi_pipeline.reports.files import write_pieces, write_whole
from qi_pipeline.reports.letter_templates import LetterError, Templates
from qi_pipeline.reports.orders import lapsed
from qi_pipeline.reports.pdf import is_pdf_of, write_many
from qi_pipeline.residency.digest import Digest

SINGLE = 500
"""Letters of one kind that get a page each; more stand several hundred in one, a sheet each, ready for the printer."""
_FILES = {"deregistered": "orders", "suspended": "suspensions", "annual_audits": "audits", "expiring": "reminders"}
"""Lists of the night and the name of the file that holds their letters where they are many; gravest first."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one letter lies, relative to the folder of the night."""

    uscc: str
    number: str
    file: str
    """The page; with ``#`` and a name where it is one of several."""
    pdf: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The letters of a night."""

    places: dict[str, list[Place]] = field(default_factory=dict)
    """By list of the night."""
    left: int = 0
    """How many have no PDF yet because the night writes only so many."""
    faults: tuple[str, ...] = ()
    """What could not be written, and why."""

    def by_uscc(self, name: str) -> dict[str, Place]:
        """The letters of one list by institution."""
        return {place.uscc: place for place in self.places.get(name, ())}

    def to_json(self) -> list[Json]:
        """The letters as nightly.json names them."""
        return [
            {"list": name, "uscc": each.uscc, "number": each.number, "file": each.file, "pdf": each.pdf}
            for name, places in self.places.items()
            for each in places
        ]


def letters_of(told: Digest, answer: dict[str, Json], grace: int) -> dict[str, list[official.Letter]]:
    """Every letter of the night by its list, gravest first."""
    on, names = told.as_of, told.names
    return {
        "deregistered": [
            official.deregistration(
                number=order.number,
                uscc=order.uscc,
                name=names.get(order.uscc, ""),
                lapsed=lapsed(order.data),
                grace=grace,
                on=order.made_on,
            )
            for order in told.orders
        ],
        "suspended": list(_suspensions(told, answer)),
        "annual_audits": [
            official.audit(uscc=each.uscc, name=names.get(each.uscc, ""), due_on=each.due_on, on=on)
            for each in told.audits
        ],
        "expiring": [
            official.reminder(
                uscc=uscc,
                name=names.get(uscc, ""),
                ends=[(each.kind, each.number, each.valid_to) for each in ends_soon],
                on=on,
            )
            for uscc, ends_soon in sorted(told.reminded.items())
        ],
    }


def _suspensions(told: Digest, answer: dict[str, Json]) -> Iterator[official.Letter]:
    """What the night said of each, also where the service was reinstated before the same night was run again."""
    for uscc, services in told.suspended.items():
        if uscc in told.terms:
            licence, last = told.terms[uscc]
            yield _suspension(told, uscc, services, licence=bool(licence), deregisters_on=last)
    older = {uscc: services for uscc, services in told.suspended.items() if uscc not in told.terms}
    if older:
        yield from _suspensions_of_now(told, answer, older)


def _suspensions_of_now(
    told: Digest, answer: dict[str, Json], suspended: dict[str, list[str]]
) -> Iterator[official.Letter]:
    """Of a night whose run kept only names: said is what still stands."""
    stopped: dict[str, list[dict[str, Json]]] = {}
    found = answer["suspended"]
    assert isinstance(found, list)
    for entry in found:
        assert isinstance(entry, dict)
        stopped.setdefault(str(entry["uscc"]), []).append(entry)
    for uscc, services in suspended.items():
        entries = stopped.get(uscc, [])
        ends = [str(entry["deregisters_on"]) for entry in entries if entry["deregisters_on"]]
        if entries:  # else it was reinstated since, or has left
            licence = any(entry["reason"] == "licence_expired" for entry in entries)
            yield _suspension(told, uscc, services, licence=licence, deregisters_on=ends[0] if ends else None)


def _suspension(
    told: Digest, uscc: str, services: list[str], *, licence: bool, deregisters_on: Json
) -> official.Letter:
    return official.suspension(
        uscc=uscc,
        name=told.names.get(uscc, ""),
        services=services,
        licence=licence,
        deregisters_on=date.fromisoformat(str(deregisters_on)) if deregisters_on else None,
        on=told.as_of,
    )


def write_all(
    letters: dict[str, list[official.Letter]], folder: Path, templates: Templates, *, pdfs: int | None
) -> Written:
    """Where all letters lie, written; of the PDFs that are not there yet at most ``pdfs``, or all for None.

    A letter that can't be written is among the faults, and the others are written.
    """
    if any(letters.values()):
        (folder / "letters").mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    pages: dict[str, list[Place]] = {}
    for name, some in letters.items():
        pages[name] = list(_pages(some, name, folder, templates, faults))
    drawn = _pdfs(letters, pages, folder, templates, pdfs, faults)
    places = {
        name: [Place(uscc=each.uscc, number=each.number, file=each.file, pdf=drawn.get(each.number)) for each in some]
        for name, some in pages.items()
    }
    count = sum(map(len, places.values()))
    return Written(places=places, left=count - len(drawn), faults=tuple(faults))


def _pages(
    letters: Sequence[official.Letter], name: str, folder: Path, templates: Templates, faults: list[str]
) -> Iterator[Place]:
    if len(letters) <= SINGLE:
        for letter in letters:
            place = f"letters/{letter.key}.html"
            try:
                write_whole(folder / place, templates.page(letter))
            except LetterError as error:
                _note(faults, error)
            else:
                yield Place(uscc=letter.uscc or "", number=letter.number, file=place)
        return
    a_file = max(SINGLE, 1) * 2
    for first in range(0, len(letters), a_file):
        some = letters[first : first + a_file]
        place = f"letters/{_FILES[name]}{f'-{first // a_file + 1}' if first else ''}.html"
        done: list[official.Letter] = []
        title = f"{_FILES[name]} {some[0].on.isoformat()}"
        write_pieces(folder / place, templates.pages(_articles(some, templates, faults, done), title, some[0].on))
        for letter in done:
            yield Place(uscc=letter.uscc or "", number=letter.number, file=f"{place}#{letter.key}")


def _articles(
    letters: Iterable[official.Letter], templates: Templates, faults: list[str], done: list[official.Letter]
) -> Iterator[Markup]:
    for letter in letters:
        try:
            article, _ = templates.article(letter)
        except LetterError as error:
            _note(faults, error)
        else:
            done.append(letter)
            yield article


def _pdfs(
    letters: dict[str, list[official.Letter]],
    pages: dict[str, list[Place]],
    folder: Path,
    templates: Templates,
    most: int | None,
    faults: list[str],
) -> dict[str, str]:
    """Where the PDFs lie, by the letter's number."""
    found: dict[str, str] = {}
    wanted: list[tuple[str, Path, str]] = []
    known = {place.number for some in pages.values() for place in some}
    there = {f"letters/{path.name}" for path in (folder / "letters").glob("*.pdf")}
    for letter in (each for some in letters.values() for each in some if each.number in known):
        place = f"letters/{letter.key}.pdf"
        room = most is None or len(found) + len(wanted) < most
        if not room and place not in there:
            continue
        path = folder / place
        page = templates.page(letter)
        if is_pdf_of(path, page):
            found[letter.number] = place
        elif room:
            wanted.append((letter.number, path, page))
        if len(wanted) >= SINGLE:
            _draw(wanted, found, faults)
            wanted = []
    _draw(wanted, found, faults)
    return found


def _draw(wanted: Sequence[tuple[str, Path, str]], found: dict[str, str], faults: list[str]) -> None:
    """Draws the PDFs in a process of its own: what it takes of memory is none of the night's."""
    try:
        failed = write_many((path, page) for _, path, page in wanted)
    except PassingError as error:
        _note(faults, error)
        failed = {}
    for why in sorted(set(failed.values())):
        faults.append(why)
        _log.warning("%s", why)
    for number, path, page in wanted:
        if path not in failed and is_pdf_of(path, page):
            found[number] = f"letters/{path.name}"


def _note(faults: list[str], error: Exception) -> None:
    faults.append(str(error))
    _log.warning("%s", error)
