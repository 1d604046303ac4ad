"""Papers in words (材料): each field with its value, how sure it is, why it is doubtful, and its box on the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qi_pipeline.model import Correction, Document, ElectronicSignature, Field, Json, Lang
from qi_pipeline.reports import doubt_words, phrases
from qi_pipeline.reports.cutouts import Cutouts
from qi_pipeline.reports.phrases import HEADINGS, pick
from qi_pipeline.reports.pictures import PageKey, Picture
from qi_pipeline.reports.sheets import Mark, Sheet, Sheets

Show = Callable[[str], str]
"""What every value read from paper passes through before it is shown."""

_SHOWN_ROWS = 30
_SHOWN_LETTERS = 1_500
_SHOWN_FACES = 40
COMPARED = ("holder_name", "holder_uscc", "certificate_number", "valid_to")
"""Fields that the overview shows of every paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of a paper."""

    id: str
    name: str
    value: str
    confidence: str
    doubtful: bool
    reasons: tuple[str, ...]
    backing: tuple[str, ...]
    note: str
    corrected: str
    """Who gave this value in place of the machine's, and why; empty where nobody did."""
    page: str
    sheet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A seal or a code found on a paper."""

    id: str
    text: str
    place: str
    sheet: str | None
    face: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A cell of the overview: a value, whether it is doubtful, whether it differs from the applicant's."""

    text: str
    doubtful: bool = False
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document of the packet in words."""

    id: str
    kind: str
    place: str
    confidence: str
    rows: tuple[Row, ...]
    doubts: int
    compared: tuple[Compared, ...]
    seals: tuple[Found, ...]
    codes: tuple[Found, ...]
    signatures: tuple[str, ...]
    notes: tuple[str, ...]
    corrected: tuple[str, ...]
    """Corrections that left no row: a kind, a seal, a value taken out."""
    pages: tuple[PageKey, ...]
    """Pages that are shown with this paper; a page that holds two papers is shown with the first."""
    elsewhere: tuple[tuple[str, str], ...]
    """Pages of it that are shown with another paper: id and caption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """One paper that was handed in before, and that this decision rests on too."""

    kind: str
    place: str
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Puts papers into words in one language, marking their boxes on the pages as it goes."""

    lang: Lang
    certain_from: float
    show: Show
    sheets: Sheets
    cutouts: Cutouts
    applicant: Mapping[str, str | None]
    """The applicant's own ``holder_name`` and ``holder_uscc``, to compare papers with."""
    notes: Mapping[PageKey, Sequence[str]]
    corrections: Sequence[Correction] = ()
    """What persons gave in place of what the machine read."""

    def papers(self, documents: Sequence[Document]) -> tuple[Paper, ...]:
        """Every document, in order."""
        taken: set[PageKey] = set()
        faces = 0
        told = []
        for number, document in enumerate(documents, 1):
            told.append(self._paper(document, f"d{number}", taken, with_faces=faces < _SHOWN_FACES))
            faces += len(document.seals)
        return tuple(told)

    def earlier(self, documents: Sequence[Document]) -> tuple[Earlier, ...]:
        """Every document of the packets that this one completes, for the overview."""
        return tuple(
            Earlier(
                kind=phrases.kind_name(document.kind, self.lang),
                place=self.place(document.file, document.pages[0]),
                compared=tuple(
                    self._compared(document, name, {key for key in document.fields if self._is_doubtful(document, key)})
                    for name in COMPARED
                ),
            )
            for document in documents
        )

    def page(self, number: int | str) -> str:
        """A page number in words."""
        return HEADINGS["page"][self.lang].format(n=number)

    def place(self, file: str, page: int) -> str:
        """A page of a file in words."""
        if file.endswith("application.json"):
            return f"{HEADINGS['online_form'][self.lang]} {self.show(file)}"
        return HEADINGS["page_of"][self.lang].format(file=self.show(file), n=page)

    def value(self, value: Json) -> str:
        """A value for people, cut where it is longer than anybody reads."""
        return self.show(_cut(self._value(value), self.lang))

    def row(self, row: Mapping[str, Json]) -> str:
        """A scope row, or another small table of values, on one line."""
        parts = [
            str(value)
            for key, value in row.items()
            if key not in ("page", "file", "box") and value not in (None, "", [])
        ]
        page = row.get("page")
        text = " | ".join(parts)
        if not isinstance(page, int):
            return text
        return f"{text}（{self.page(page)}）" if self.lang == "zh" else f"{text} ({self.page(page)})"

    def corrected(self, document: Document, name: str) -> str:
        """Who gave the field's value in place of what the machine read, and why; empty where nobody did."""
        return ("；" if self.lang == "zh" else "; ").join(
            self._correction(each) for each in self._corrections(document) if each.field.partition(".")[0] == name
        )

    def _paper(self, document: Document, own: str, taken: set[PageKey], *, with_faces: bool) -> Paper:
        lang = self.lang
        keys = [(document.file, page) for page in document.pages]
        shown = [key for key in keys if self.sheets.id_of(*key) is not None]
        fresh = tuple(key for key in shown if key not in taken)
        elsewhere = [(sheet, self.page(key[1])) for key in shown if key in taken and (sheet := self.sheets.id_of(*key))]
        taken.update(fresh)
        rows = [
            self._row(document, f"{own}f{at}", name, field)
            for at, (name, field) in enumerate(document.fields.items(), 1)
        ]
        doubtful = {name for name, row in zip(document.fields, rows, strict=True) if row.doubtful}
        numbers = [str(page) for page in document.pages]
        pages = ", ".join(numbers) if len(numbers) < 8 else f"{numbers[0]}–{numbers[-1]}"
        return Paper(
            id=own,
            kind=phrases.kind_name(document.kind, lang),
            place=HEADINGS["page_of"][lang].format(file=self.show(document.file), n=pages),
            confidence=percent(document.confidence),
            rows=tuple(rows),
            doubts=len(doubtful),
            compared=tuple(self._compared(document, name, doubtful) for name in COMPARED),
            seals=tuple(self._seals(document, own, with_faces=with_faces)),
            codes=tuple(self._codes(document, own)),
            signatures=tuple(self._signature(signature) for signature in document.signatures),
            notes=tuple(
                self._said(self.page(page), self.show(doubt_words.page_note(note, lang)))
                for page in document.pages
                for note in self.notes.get((document.file, page), ())
            ),
            corrected=tuple(
                self._said(pick(phrases.FIELDS, each.field, lang), self._correction(each))
                for each in self._corrections(document)
                if each.field.partition(".")[0] not in document.fields
            ),
            pages=fresh,
            elsewhere=tuple(elsewhere),
        )

    def _row(self, document: Document, own: str, name: str, field: Field) -> Row:
        lang = self.lang
        endless = _endless(document, name)
        doubtful = self._is_doubtful(document, name)
        title = pick(phrases.FIELDS, name, lang)
        value = pick(phrases.FIELDS, "long_term", lang) if endless else self.value(field.value)
        mark = Mark(row=own, kind="doubt" if doubtful else "field", label=self._said(title, value[:80]), box=field.box)
        whole = field.box[2] - field.box[0] > 0.97 and field.box[3] - field.box[1] > 0.97
        place = (document.file, field.page)
        # A frame around the whole page shows nothing and would lie under every other.
        sheet = self.sheets.id_of(*place) if whole else self.sheets.mark(*place, mark)
        return Row(
            id=own,
            name=title,
            value=value,
            confidence=percent(field.confidence),
            doubtful=doubtful,
            reasons=tuple(self.show(each) for each in doubt_words.doubts(field, lang, doubtful=doubtful)),
            backing=doubt_words.backing(field, lang),
            note=HEADINGS["derived"][lang] if field.derived else "",
            corrected=self.corrected(document, name),
            page=self.page(field.page),
            sheet=sheet,
        )

    def _is_doubtful(self, document: Document, name: str) -> bool:
        field = document.fields[name]
        return field.confidence < self.certain_from or (field.value is None and not _endless(document, name))

    def _corrections(self, document: Document) -> list[Correction]:
        return [
            each
            for each in self.corrections
            if each.file == document.file
            and each.page in document.pages
            and (each.kind == document.kind or each.field == "kind")
        ]

    def _correction(self, each: Correction) -> str:
        lang = self.lang
        given = {"who": self.show(each.reviewer), "day": each.made_on[:10], "reason": self.show(each.reason)}
        if each.machine_confidence is None:
            return HEADINGS["corrected_new"][lang].format(**given)
        if each.field != "kind" and each.value == each.machine_value:
            return HEADINGS["confirmed"][lang].format(confidence=percent(each.machine_confidence), **given)
        said = self.value(each.machine_value) if each.field != "kind" else phrases.kind_name(each.kind, lang)
        return HEADINGS["corrected"][lang].format(value=said, confidence=percent(each.machine_confidence), **given)

    def _compared(self, document: Document, name: str, doubtful: set[str]) -> Compared:
        field = document.fields.get(name)
        if field is None or isinstance(field.value, list | dict | bool):
            return Compared(text="")
        if _endless(document, name):
            return Compared(text=pick(phrases.FIELDS, "long_term", self.lang), doubtful=name in doubtful)
        own = self.applicant.get(name)
        differs = own is not None and isinstance(field.value, str) and _folded(field.value) != _folded(own)
        return Compared(text=self.value(field.value), doubtful=name in doubtful, differs=differs)

    def _seals(self, document: Document, own: str, *, with_faces: bool) -> list[Found]:
        found = []
        for at, seal in enumerate(document.seals, 1):
            text = self.show(seal.text or HEADINGS["unreadable_seal"][self.lang])
            text += f" · {self.show(seal.centre)}" if seal.centre else ""
            mark = Mark(
                row=f"{own}s{at}", kind="seal", label=self._said(HEADINGS["seal"][self.lang], text), box=seal.box
            )
            sheet = self.sheets.mark(document.file, seal.page, mark)
            face = self.cutouts.face(document.file, seal.page, seal.box) if with_faces else None
            found.append(
                Found(id=mark.row, text=text, place=self.place(document.file, seal.page), sheet=sheet, face=face)
            )
        return found

    def _codes(self, document: Document, own: str) -> list[Found]:
        found = []
        for at, code in enumerate(document.codes, 1):
            text = self.show(_cut(code.text, self.lang))
            mark = Mark(
                row=f"{own}c{at}", kind="code", label=self._said(HEADINGS["code"][self.lang], text[:80]), box=code.box
            )
            sheet = self.sheets.mark(document.file, code.page, mark)
            found.append(Found(id=mark.row, text=text, place=self.place(document.file, code.page), sheet=sheet))
        return found

    def _signature(self, signature: ElectronicSignature) -> str:
        state = {True: "intact", False: "broken", None: "unverified"}[signature.intact]
        said = f"{self.show(signature.signer or '—')} · {HEADINGS[state][self.lang]}"
        return f"{said} · {self.show(signature.note)}" if signature.note else said

    def _value(self, value: Json) -> str:
        lang = self.lang
        if value is None:
            return HEADINGS["unread"][lang]
        if isinstance(value, bool):
            return HEADINGS["yes" if value else "no"][lang]
        if isinstance(value, list):
            shown = [self.row(item) if isinstance(item, dict) else str(item) for item in value[:_SHOWN_ROWS]]
            if len(value) > _SHOWN_ROWS:
                shown.append(HEADINGS["rows"][lang].format(n=len(value), shown=_SHOWN_ROWS))
            return "\n".join(shown)
        if isinstance(value, dict):
            return self._object(value)
        return str(value)

    def _object(self, value: Mapping[str, Json]) -> str:
        """An object on one line; promises as how many stand, and which do not."""
        if value and all(isinstance(each, bool) for each in value.values()):
            missing = [key for key, each in value.items() if not each]
            kept = f"{len(value) - len(missing)}/{len(value)}"
            if not missing:
                return kept
            names = "、".join(missing) if self.lang == "zh" else ", ".join(missing)
            return f"{kept} · {self._said(HEADINGS['no'][self.lang], names)}"
        stop = "；" if self.lang == "zh" else "; "
        return stop.join(self._said(key, self._value(item)) for key, item in value.items())

    def _said(self, name: str, value: str) -> str:
        return f"{name}{HEADINGS['colon'][self.lang]}{value}"


def captions(teller: Teller, keys: Sequence[PageKey]) -> list[str]:
    """The captions of pages."""
    return [teller.place(file, page) for file, page in keys]


def side_by_side(teller: Teller, paper: Paper) -> tuple[Sheet, ...]:
    """The pages shown beside the paper's fields."""
    return teller.sheets.shown(paper.pages, captions(teller, paper.pages))


def percent(probability: float) -> str:
    """A probability as whole percents, never more than 99: nothing read is certain.

    >>> percent(0.999), percent(0.5), percent(0.0)
    ('99%', '50%', '0%')
    """
    return f"{min(99, max(0, int(probability * 100)))}%"


def _endless(document: Document, name: str) -> bool:
    field = document.fields[name]
    return name == "valid_to" and field.value is None and "long_term" in document.fields


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def _cut(text: str, lang: Lang) -> str:
    if len(text) <= _SHOWN_LETTERS:
        return text
    return text[:_SHOWN_LETTERS] + HEADINGS["cut_short"][lang].format(n=len(text))
