"""How often a person agreed with what the machine read, a row a field (逐字段一致率): the honest accuracy figure.

Counted are all values of packets that a person decided or checked in the sample; of a packet that was only corrected,
the values that the person spoke of, for nobody vouched for the others. The figure of the sample alone is the unbiased
one, for what waits for a person is what was hard to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.corrected import part_of, places
from qi_pipeline.model import Correction, Document, Json
from qi_pipeline.records import corrections
from qi_pipeline.records.packets import documents_of
from qi_pipeline.records.review_tables import corrections as correction_table
from qi_pipeline.records.review_tables import samples
from qi_pipeline.records.tables import decisions

BANDS = ("0.99-1", "0.9-0.99", "0.5-0.9", "0-0.5", "not found")
"""How certain the machine was: its confidence, lower end included; ``not found``: a person added the field."""
_FLOORS = (0.99, 0.9, 0.5, 0.0)
_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many values a person saw, and in how many of these the person read something else."""

    shown: int = 0
    corrected: int = 0

    @property
    def agreement(self) -> float | None:
        """The share that was right; None where nothing was shown."""
        return None if self.shown == 0 else (self.shown - self.corrected) / self.shown

    def to_json(self) -> dict[str, Json]:
        """The count with its share, to four places."""
        share = self.agreement
        return {
            "shown": self.shown,
            "corrected": self.corrected,
            "agreement": None if share is None else round(share, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAgreement:
    """How far people agreed with the machine on one field of one kind of document."""

    kind: str
    """The kind that the machine took the document for."""
    field: str
    """A field of the contract, or ``kind`` for the kind itself."""
    all: Count
    sample: Count
    """Of the random sample alone: the unbiased figure."""
    bands: Mapping[str, Count]
    """By how certain the machine was, see :data:`BANDS`."""


def field_agreement(connection: sa.Connection, first: date | None, last: date | None) -> tuple[FieldAgreement, ...]:
    """The agreement of every field that was shown to a person in the period, by kind and field.

    A correction to what the machine had read is an agreement. A value that a person had to add counts as shown and
    corrected. Withdrawn corrections count for nothing.
    """
    sampled = _in_period(connection, _CHECKED, first, last)
    whole = sampled | _in_period(connection, _DECIDED, first, last)
    counts: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    packet_ids = sorted(whole | _in_period(connection, _CORRECTED, first, last))
    for start in range(0, len(packet_ids), _AT_ONCE):
        for value in _values(connection, packet_ids[start : start + _AT_ONCE]):
            if value.packet not in whole and not value.spoken_of:
                continue
            columns = ["all", _band(value.confidence)] + (["sample"] if value.packet in sampled else [])
            for column in columns:
                counts[value.kind, value.field][column][0] += 1
                counts[value.kind, value.field][column][1] += value.wrong
    return tuple(
        FieldAgreement(
            kind=kind,
            field=name,
            all=_count(columns["all"]),
            sample=_count(columns["sample"]),
            bands={band: _count(columns[band]) for band in BANDS if band in columns},
        )
        for (kind, name), columns in sorted(counts.items())
    )


def looked_at(connection: sa.Connection, first: date | None, last: date | None) -> tuple[int, int]:
    """How many packets people decided, checked or corrected in the period, and how many of these are of the sample."""
    sampled = _in_period(connection, _CHECKED, first, last)
    others = _in_period(connection, _DECIDED, first, last) | _in_period(connection, _CORRECTED, first, last)
    return len(sampled | others), len(sampled)


_CHECKED = (samples.c.packet, samples.c.checked_on, samples.c.checked_on.is_not(None))
_DECIDED = (decisions.c.packet, decisions.c.as_of, decisions.c.reviewer.is_not(None))
_CORRECTED = (correction_table.c.packet, correction_table.c.made_on, correction_table.c.withdrawn_on.is_(None))
"""Packet, day and condition of what a person did."""


def _in_period(
    connection: sa.Connection,
    done: tuple[sa.Column[str], sa.Column[date], sa.ColumnElement[bool]],
    first: date | None,
    last: date | None,
) -> set[str]:
    packet, day, condition = done
    query = sa.select(packet).where(condition).distinct()
    if first is not None:
        query = query.where(day >= first)
    if last is not None:
        query = query.where(day <= last)
    return set(connection.execute(query).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """One value that the machine read, or that a person added."""

    packet: str
    kind: str
    field: str
    confidence: float | None
    """The machine's; None: it did not find the field."""
    spoken_of: bool
    """Whether a person gave this very value."""
    wrong: bool
    """Whether the person read something else."""


def _values(connection: sa.Connection, packet_ids: list[str]) -> Iterator[_Value]:
    """The values of the packets, in order."""
    hashes = corrections.hashes_of(connection, packet_ids)
    documents = documents_of(connection, packet_ids)
    known = corrections.of_files(connection, {each for names in hashes.values() for each in names.values()})
    by_hash: dict[str, list[Correction]] = defaultdict(list)
    for each in known:
        by_hash[each.sha256].append(each)
    for packet_id in packet_ids:
        own = [each for sha256 in set(hashes[packet_id].values()) for each in by_hash[sha256]]
        said: dict[tuple[int, str], dict[str, Correction]] = defaultdict(dict)
        for each in sorted(own, key=lambda each: each.id):
            for index in _machine_places(documents[packet_id], hashes[packet_id], each):
                said[index, each.field.partition(".")[0]][each.field] = each
        for index, document in enumerate(documents[packet_id]):
            names = ["kind", *document.fields]
            names += [name for at, name in said if at == index and name not in (*names, "seal")]
            for name in names:
                machine = document.fields.get(name)
                confidence = document.confidence if name == "kind" else None if machine is None else machine.confidence
                given = said.get((index, name), {}).values()
                wrong = any(_differs(document, each) for each in given)
                if wrong or confidence is not None:
                    yield _Value(
                        packet=packet_id,
                        kind=document.kind,
                        field=name,
                        confidence=confidence,
                        spoken_of=bool(given),
                        wrong=wrong,
                    )


def _machine_places(documents: list[Document], hashes: Mapping[str, str], each: Correction) -> list[int]:
    """Where its documents stand among the machine's: by kind, else by page, for the kind may be corrected itself."""
    found = places(documents, hashes, each)
    return found or [
        index
        for index, document in enumerate(documents)
        if hashes.get(document.file) == each.sha256 and each.page in document.pages
    ]


def _differs(document: Document, each: Correction) -> bool:
    """Whether the person read something else than the machine."""
    if each.field == "kind":
        return isinstance(each.value, dict) and each.value.get("kind") != document.kind
    name, _, part = each.field.partition(".")
    field_ = document.fields.get(name)
    machine = None if field_ is None else field_.value
    if part:
        machine = part_of(machine, part)
    return machine != each.value


def _band(confidence: float | None) -> str:
    if confidence is None:
        return BANDS[-1]
    return next(band for band, floor in zip(BANDS, _FLOORS, strict=False) if confidence >= floor)


def _count(pair: list[int]) -> Count:
    return Count(shown=pair[0], corrected=pair[1])
