"""A packet read anew from its archived originals and decided again (重新识读).

For a packet over which the program had stumbled until a mistake of its own was mended, and for any other whose reading
got better since. It stays the same packet: its id, its clock (5.2.1) and the corrections of its papers hold. What a
person decided stands; the register then follows what the papers say now, as after a correction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from qi_pipeline.context import Context
from qi_pipeline.errors import PacketError, PassingError, UsageError
from qi_pipeline.intake.packet import PacketContents, open_packet
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.judging import cited, judged_again, made_from
from qi_pipeline.model import Decision
from qi_pipeline.papers import draw_places
from qi_pipeline.pipeline import read_contents, spoiled_by
from qi_pipeline.records import review
from qi_pipeline.records.review import Act, Outdated, Remade
from qi_pipeline.records.rows import DecisionRow, PacketRow
from qi_pipeline.reporting import report_packet

_TRIES = 8
"""How often it is decided anew because somebody else was quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What a new reading brought."""

    standing: DecisionRow
    """The decision that stands now."""
    made: Decision
    """What the machine decides from what it reads now; another than ``standing`` where a person had decided."""


def reread(context: Context, packet: PacketRow, act: Act) -> Reread:
    """The packet read and decided anew; raises :class:`UsageError` where its originals can't be."""
    if packet.state == "quarantined":
        raise UsageError(f"{packet.name}: it lies in quarantine; drop it in the inbox again once its fault is mended")
    if context.store.decision(packet.id) is None:
        raise UsageError(f"{packet.name}: it was never finished; `qi-pipeline ingest` takes it up again")
    contents = _contents(context, packet)
    papers, failures = read_contents(context, contents)
    spoiled = spoiled_by(context, contents, papers, failures)
    if spoiled is not None:
        raise UsageError(
            f"{packet.name}: nothing of it can be read ({spoiled.file}: {spoiled.message}); what stands, stays: "
            f"look at the originals and decide, or ask for better papers"
        )
    for _ in range(_TRIES):
        standing = context.store.decision(packet.id)
        assert standing is not None
        made = made_from(context, packet.id, contents, papers, failures, act.on)
        by_person = standing.reviewer is not None
        before = judged_again(context, packet, act.on).entry if by_person else None
        hashes = review.hashes_of(context.store, *made.packets).values()
        mended = context.store.corrections_for({each for names in hashes for each in names.values()})
        remade = Remade(
            # The clock of 5.2.1 began when the packet came, not when it was read again.
            decision=replace(made.decision, deadlines=standing.decision.deadlines),
            dossier=made.dossier,
            entry=made.entry,
            uscc=made.facts.uscc,
            institution=made.facts.institution,
            packets=made.packets,
            seen=frozenset(each.id for each in mended),
            standing=standing.id,
            before=before,
        )
        try:
            now = review.record_reread(context.store, packet.id, made.facts, remade, act)
        except Outdated:
            latest = context.store.decision(packet.id)
            if not act.reviewer and latest is not None:  # nobody asked; another process was quicker, and it is judged
                return Reread(standing=latest, made=latest.decision)
            continue
        draw_places(contents.papers, cited(now.decision), context.pool, context.settings.work / "pages")
        report_packet(context.settings, context.policy, context.store, packet.id, papers.readings)
        return Reread(standing=now, made=remade.decision)
    raise PassingError(f"{packet.name}: others correct it at this moment; run again, nothing was recorded")


def reread_given_up(context: Context, packet_id: str, as_of: date) -> PacketRow | None:
    """The packet as it is now, read anew because the same papers came again; None where there is nothing to make good.

    Only one that the program gave up: nothing of it was ever judged. One that somebody holds is left to them.
    """
    packet = context.store.known_packet(packet_id)
    if packet is None or not was_given_up(context, packet) or review.hold_of(context.store, packet_id) is not None:
        return None
    act = Act(reviewer="", role=None, reason="the same papers came again", on=as_of, at=datetime.now(UTC))
    reread(context, packet, act)
    return context.store.known_packet(packet_id)


def was_given_up(context: Context, packet: PacketRow) -> bool:
    """Whether the program stumbled over the packet until it gave it up, so that nothing of it was ever judged."""
    standing = context.store.decision(packet.id)
    return (
        packet.state == "waiting"
        and standing is not None
        and standing.reviewer is None
        and context.store.dossier_of(standing.id) is None
    )


def _contents(context: Context, packet: PacketRow) -> PacketContents:
    settings = context.settings
    place = settings.home / (packet.archived or "")
    if not packet.archived or not place.exists():
        raise UsageError(
            f"{packet.name}: its originals are no longer in the archive; restore them from a backup "
            f"(`qi-pipeline restore`), or have the papers handed in again"
        )
    try:
        shared = shared_storage(settings.storage)
        return open_packet(place, context.policy.limits, settings.work / "originals", shared)
    except PacketError as error:
        raise UsageError(f"{packet.name}: it can't be opened ({error}); what stands, stays") from error
