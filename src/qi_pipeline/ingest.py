"""One look into the inbox: what a crash left, then every ready packet, each judged or set aside (`ingest`)."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qi_pipeline import logs
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import load_services
from qi_pipeline.context import Context
from qi_pipeline.errors import PacketError, QiError, UsageError
from qi_pipeline.giving_up import MOST_DEATHS, MOST_TRIES, hand_over
from qi_pipeline.intake import claims, disk, inbox, leftovers, local_copies, names
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.model import Json
from qi_pipeline.pipeline import Judged, judge
from qi_pipeline.policy import load_policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.records.store import Store
from qi_pipeline.reporting import packet_json
from qi_pipeline.rereading import reread_given_up
from qi_pipeline.settings import refuse_unusable

if TYPE_CHECKING:
    from qi_pipeline.settings import Settings


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A packet over which the program stumbled, and the error."""

    packet: str
    error: Exception


@dataclass(slots=True)
class IngestRun:
    """What one run did; :meth:`to_json` is the answer of ``ingest --json``."""

    as_of: str
    packets: list[dict[str, Json]] = field(default_factory=list)
    duplicates: list[dict[str, Json]] = field(default_factory=list)
    quarantined: list[dict[str, Json]] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    """Packets that the program itself stumbled over; they stay claimed and are tried again by the next run."""
    ignored: list[str] = field(default_factory=list)
    """Why something was left in the inbox, a sentence each."""

    def to_json(self) -> dict[str, Json]:
        """The JSON of the contract."""
        return {
            "as_of": self.as_of,
            "packets": list(self.packets),
            "duplicates": list(self.duplicates),
            "quarantined": list(self.quarantined),
        }

    def add(self, judged: Judged) -> None:
        """Takes in how one packet ended."""
        if judged.end == "duplicate":
            self.duplicates.append({"packet": judged.packet, "of": judged.of})
        elif judged.end == "quarantined":
            self.set_aside(judged.packet, judged.code or "corrupt", judged.message or "")
        else:
            assert judged.row is not None
            assert judged.decision is not None
            self.packets.append(packet_json(judged.row, judged.decision))

    def add_run(self, other: dict[str, Json]) -> None:
        """Takes in the answer of another run, as a Prefect task gives it."""
        for mine, theirs in (
            (self.packets, other["packets"]),
            (self.duplicates, other["duplicates"]),
            (self.quarantined, other["quarantined"]),
        ):
            assert isinstance(theirs, list)
            mine += [entry for entry in theirs if isinstance(entry, dict)]

    def set_aside(self, packet: str, code: str, message: str) -> None:
        """Takes in a packet that was not judged."""
        self.quarantined.append({"packet": packet, "code": code, "message": message})


@contextmanager
def open_context(settings: Settings) -> Iterator[Context]:
    """The doors that judging needs, opened by the settings and closed at the end.

    Raises UsageError for a wrong policy, service table or folder of templates, InstallationError for a workspace that
    can't be used.
    """
    refuse_unusable(settings)
    policy = load_policy(settings.policy)
    services = load_services(settings.services)
    rules = load_rules(settings.rules)
    logs.configure(settings)
    inbox.prepare(settings)
    with (
        leftovers.at_work(settings) as removed,
        Store(settings.database_url) as store,
        ReaderPool(settings, policy.limits) as pool,
    ):
        if removed:
            _LOG.info("removed what dead processes left", extra={"count": removed})
        yield Context(settings=settings, policy=policy, services=services, rules=rules, store=store, pool=pool)


class Progress:
    """Told what happens; the command line draws it, tests and flows leave it as it is."""

    def begin(self, total: int) -> None:
        """So many packets are to be judged."""

    def packet(self, name: str) -> Callable[[str], None]:
        """A packet begins; what comes back is told each stage."""
        return lambda _stage: None

    def done(self, name: str) -> None:
        """The packet has ended."""


def run_ingest(
    context: Context, as_of: date, paths: Sequence[Path] = (), progress: Progress | None = None
) -> IngestRun:
    """What was done with the packets left by a crash and the ready packets, or with those at ``paths`` alone."""
    run = IngestRun(as_of=as_of.isoformat())
    progress = progress or Progress()
    settings = context.settings
    trim_copies(settings)
    left = claims.recover(settings)
    places = inbox.places(settings, paths)
    outside = [place for place in places if place.parent != settings.inbox]
    inside = [place.name for place in places if place.parent == settings.inbox]
    ready = waiting(settings, run, time.time(), inside if paths else None)
    progress.begin(len(left) + len(ready) + len(outside))
    with ExitStack() as held:
        for claim in left:
            held.enter_context(claim)  # none stays held where the run ends early: `watch` looks again in this process
        for claim in left:
            with _border(run, claim.packet):
                _judge(claim, context, as_of, run, progress)
    for candidate in ready:
        with _border(run, candidate.name):
            take(candidate, context, as_of, run, progress)
    for place in outside:
        with _border(run, place.name):
            bring_in(place, context, as_of, run, progress)
    return run


def trim_copies(settings: Settings) -> None:
    """Nothing; the workspace keeps no more copies of shared storage than it may."""
    shared = shared_storage(settings.storage)
    if shared is not None:
        with disk.own_faults("copies of shared storage"):
            local_copies.trim(settings.work, shared, settings.storage_cache_mb << 20, time.time())


@contextmanager
def _border(run: IngestRun, packet: str) -> Iterator[None]:
    """The one border at which a mistake of the program's own is caught: it costs its packet, not the others.

    A full disk, a database that is away and a lacking installation pass: they concern every packet.
    """
    try:
        with disk.own_faults("workspace"):
            yield
    except QiError:
        raise
    except Exception as error:  # noqa: BLE001 - see above; the command line says it and exits with 1
        run.failed.append(Failed(packet=packet, error=error))


def waiting(
    settings: Settings, run: IngestRun, now: float, names: Sequence[str] | None = None
) -> Sequence[inbox.Candidate]:
    """The packets that are ready, all or those of these names; ``run`` is told why others are left in the inbox."""
    if names is None:
        scan = inbox.scan(settings, now)
    else:
        there = [place for name in names if os.path.lexists(place := settings.inbox / name)]
        scan = inbox.named(settings, there, now)
    for each in scan.ignored:
        if each.code is None:
            run.ignored.append(f"{each.name}: {each.message}")
        else:
            run.set_aside(each.name, each.code, each.message)
    for candidate in scan.unsettled:
        run.ignored.append(f"{candidate.name}: still changing; it is taken once it has been still for a while")
    return scan.ready


def recover(context: Context, as_of: date, run: IngestRun, progress: Progress | None = None) -> None:
    """Judges the packets that a crash left claimed; the first of the program's own mistakes is raised at the end."""
    with ExitStack() as held:
        left = [held.enter_context(claim) for claim in claims.recover(context.settings)]
        for claim in left:
            with _border(run, claim.packet):
                _judge(claim, context, as_of, run, progress or Progress())
    if run.failed:
        raise run.failed[0].error


def take(
    candidate: inbox.Candidate, context: Context, as_of: date, run: IngestRun, progress: Progress | None = None
) -> None:
    """Claims and judges one packet of the inbox; nothing happens when another process has it."""
    try:
        claim = claims.claim(context.settings, candidate, time.time())
    except PacketError as error:
        run.set_aside(candidate.name, error.code, str(error))
        return
    if claim is None:
        return
    with claim:
        _judge(claim, context, as_of, run, progress or Progress())


def bring_in(place: Path, context: Context, as_of: date, run: IngestRun, progress: Progress) -> None:
    """Judges a copy of a packet that lies outside the inbox."""
    try:
        claim = claims.bring_in(context.settings, place, time.time())
    except PacketError as error:
        run.set_aside(names.decoded(os.fsencode(place.name)), error.code, str(error))
        return
    with claim:
        _judge(claim, context, as_of, run, progress)


def _judge(claim: claims.Claim, context: Context, as_of: date, run: IngestRun, progress: Progress) -> None:
    stage = progress.packet(claim.packet)
    of: str | None = None
    _LOG.info("taken up", extra={"packet": claim.id, "again": claim.is_recovered})
    claim.note_start(now=time.time())
    try:
        if claim.deaths >= MOST_DEATHS:
            _LOG.error("handed to a person: every process that worked on it ended", extra={"packet": claim.id})
            run.add(hand_over(claim, context, as_of, f"{claim.deaths} processes ended over it"))
        else:
            ended = judge(claim, context, as_of, now=time.time(), stage=stage)
            run.add(ended)
            of = ended.of_id
            outcome = ended.decision.decision.outcome if ended.decision is not None else None
            _LOG.info("finished", extra={"packet": claim.id, "end": ended.end, "outcome": outcome, "code": ended.code})
    except PacketError as error:
        if error.code != "permission":
            raise
        # What could be read a moment ago can't be read now: it goes back to where the operator looks. Where its name
        # is taken there by now, it stays claimed, and the next run tries again.
        claim.put_back()
        run.set_aside(claim.packet, error.code, str(error))
    except QiError as error:
        claim.note_trouble(error.code, str(error), now=time.time())
        _LOG.warning("put off", extra={"packet": claim.id, "fault": error.code})
        raise
    except OSError as error:  # the border tells a full disk from a mistake of our own
        passes = disk.is_passing(error)
        _stumbled(claim, context, as_of, run, error, own_mistake=not passes)
        raise
    except Exception as error:
        _stumbled(claim, context, as_of, run, error, own_mistake=True)
        raise
    finally:
        claim.release()  # who waits for it need not wait for the rest of this run
        progress.done(claim.packet)
    if of is not None:
        _make_good(context, of, as_of, run)


def _make_good(context: Context, packet_id: str, as_of: date, run: IngestRun) -> None:
    """Nothing; a packet that the program had given up is read anew when the same papers come again."""
    try:
        row = reread_given_up(context, packet_id, as_of)
    except UsageError as error:
        run.ignored.append(str(error))
        return
    made = context.store.decision(packet_id)
    if row is not None and made is not None:
        _LOG.info("read anew", extra={"packet": packet_id, "outcome": made.decision.outcome})
        run.packets.append(packet_json(row, made))


def _stumbled(
    claim: claims.Claim, context: Context, as_of: date, run: IngestRun, error: Exception, *, own_mistake: bool
) -> None:
    """Nothing; the mistake is noted, and after so many of them the packet waits for a person."""
    claim.note_trouble("unexpected", str(error) or type(error).__name__, now=time.time(), own_mistake=own_mistake)
    where = _where(error)
    _LOG.error("stumbled", extra={"packet": claim.id, "error": where, "tries": claim.tries})
    if own_mistake and claim.tries >= MOST_TRIES:
        _LOG.error("handed to a person", extra={"packet": claim.id, "error": where})
        run.add(hand_over(claim, context, as_of, where))


def _where(error: Exception) -> str:
    """The error's kind and the line of the program it came from: nothing that was read."""
    own = [place for place in logs.places(error.__traceback__) if place.startswith("qi_pipeline")]
    return f"{type(error).__name__} at {own[-1]}" if own else type(error).__name__
