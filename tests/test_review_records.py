"""Reviewers' work on record: holds that no two people share, samples that anyone can draw again, agreement by field."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Correction, Deadline
from qi_pipeline.records import database, review
from qi_pipeline.records.corrections import Change
from qi_pipeline.records.registry_tables import duties
from qi_pipeline.records.review import Act, Outdated, Remade
from qi_pipeline.records.samples import Draw
from qi_pipeline.records.store import Store
from records_cases import DAY, OTHER, USCC, Database, decision, facts, take

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Database]:
    made = Database(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def store(base: Database) -> Iterator[Store]:
    with Store(base.url) as opened:
        yield opened


def wait(store: Store, packet_id: str, due_on: str = "2026-11-25", outcome: str = "reject") -> None:
    take(store, packet_id, name=packet_id)
    deadlines = (Deadline(clause="5.2.1", duty="notify_applicant", due_on=due_on),)
    made = replace(decision(outcome, automatic=False), deadlines=deadlines)
    store.save_decision(packet_id, made, facts=facts(uscc=None))


def hold_all(url: str, reviewer: str, start: Any, answers: Any) -> None:
    mine = []
    with Store(url) as store:
        start.wait()
        while (found := review.take_next(store, reviewer=reviewer, role=None, minutes=30)) is not None:
            mine.append(found[0].id)
    answers.put((reviewer, mine))


def test_many_processes_never_take_the_same_packet(base: Database) -> None:
    with Store(base.url) as store:
        for number in range(24):
            wait(store, f"p{number:02}")
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(5), context.Queue()
    people = [context.Process(target=hold_all, args=(base.url, f"审核员{n}", start, answers)) for n in range(5)]
    for each in people:
        each.start()
    taken = dict(answers.get() for _ in people)
    for each in people:
        each.join()
    assert [each.exitcode for each in people] == [0] * 5
    everything = [packet for mine in taken.values() for packet in mine]
    assert sorted(everything) == [f"p{number:02}" for number in range(24)]
    with Store(base.url) as store:
        held = {each.id: each.hold.reviewer for each in review.waiting(store) if each.hold is not None}
        assert held == {packet: reviewer for reviewer, mine in taken.items() for packet in mine}
        assert store.verify_log().ok


def decide_it(url: str, reviewer: str, start: Any, answers: Any) -> None:
    with Store(url) as store:
        start.wait()
        try:
            store.record_reviewer_decision("p1", outcome="supplement", reviewer=reviewer, reason="缺件", as_of=DAY)
        except UsageError as error:
            answers.put((reviewer, str(error)))
        else:
            answers.put((reviewer, None))


def test_of_two_who_decide_at_once_one_is_refused_and_told_by_whom(base: Database) -> None:
    with Store(base.url) as store:
        wait(store, "p1")
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(3), context.Queue()
    people = [context.Process(target=decide_it, args=(base.url, f"R{n}", start, answers)) for n in range(3)]
    for each in people:
        each.start()
    said = dict(answers.get() for _ in people)
    for each in people:
        each.join()
    [winner] = [reviewer for reviewer, error in said.items() if error is None]
    assert all(f"supplement, decided by {winner}" in error for error in said.values() if error is not None)
    with Store(base.url) as store:
        assert len(store.decisions_of("p1")) == 2


def test_urgent_packets_come_first_and_standing_clocks_last(store: Store) -> None:
    for packet_id, due_on in (
        ("late", "2026-11-20"),
        ("soon", "2026-11-25"),
        ("paused", "2026-11-18"),
        ("next", "2026-11-24"),
    ):
        wait(store, packet_id, due_on)
    with database.writing(store.engine) as connection:
        connection.execute(sa.update(duties).where(duties.c.packet == "paused").values(paused_on=DAY))
    rows = review.waiting(store, at=NOON)
    assert [each.id for each in rows] == ["late", "next", "soon", "paused"]
    assert [each.id for each in rows if each.is_overdue(DAY)] == ["late"]
    assert [each.id for each in rows if each.is_overdue(date(2026, 11, 26))] == ["late", "next", "soon"]
    order = []
    while (found := review.take_next(store, reviewer="李", role=None, minutes=5, at=NOON)) is not None:
        order.append(found[0].id)
    assert order == ["late", "next", "soon", "paused"]


def test_a_hold_ends_with_its_time_or_when_it_is_given_back(store: Store) -> None:
    wait(store, "p1")
    first = review.take_next(store, reviewer="李", role="运维机构", minutes=30, at=NOON)
    assert first is not None
    assert (first[1].reviewer, first[1].role) == ("李", "运维机构")
    almost, over = NOON + timedelta(minutes=29, seconds=59), NOON + timedelta(minutes=30)
    assert review.take_next(store, reviewer="王", role=None, minutes=30, at=almost) is None
    with pytest.raises(UsageError, match=r"李 \(运维机构\) holds it until 2026-11-22 12:30"):
        review.take(store, "p1", reviewer="王", role=None, minutes=30, at=almost)
    second = review.take_next(store, reviewer="王", role=None, minutes=30, at=over)
    assert second is not None
    assert second[1].reviewer == "王"
    with pytest.raises(UsageError, match="王 holds it"):
        review.release(store, "p1", reviewer="李", at=over)
    review.release(store, "p1", reviewer="王", at=over)
    assert review.hold_of(store, "p1", at=over) is None
    with pytest.raises(UsageError, match="nobody holds it"):
        review.release(store, "p1", reviewer=None, at=over)
    kinds = [each.kind for each in store.events_of("p1")]
    assert kinds == ["packet.taken", "decision.made", "review.taken", "review.taken", "review.released"]


def test_what_somebody_holds_only_they_decide_unless_it_is_taken_over(store: Store) -> None:
    wait(store, "p1")
    wait(store, "p2", "2026-11-26")
    assert review.take_next(store, reviewer="李", role=None, minutes=30, at=NOON) is not None
    said = {"outcome": "reject", "reason": "名单命中", "as_of": DAY, "at": NOON}
    with pytest.raises(UsageError, match="李 holds it until 2026-11-22 12:30") as refused:
        store.record_reviewer_decision("p1", reviewer="王", **said)
    assert "--take-over" in str(refused.value)
    assert store.packet("p1").state == "waiting"
    made = store.record_reviewer_decision("p1", reviewer="王", take_over=True, **said)
    assert made.reviewer == "王"
    over = next(each for each in store.events_of("p1") if each.kind == "review.taken_over")
    assert over.data == {"held_by": "李", "taken_by": "王", "reason": "名单命中"}
    assert review.take(store, "p2", reviewer="李", role=None, minutes=30, at=NOON)[0].id == "p2"
    assert store.record_reviewer_decision("p2", reviewer="李", **said).reviewer == "李"
    assert review.hold_of(store, "p2", at=NOON) is None


def test_the_sample_follows_from_seed_and_id_alone(store: Store) -> None:
    how = Draw(seed="s", rate=0.25)
    ids = [f"p{number}" for number in range(40)]
    for packet_id in reversed(ids):
        take(store, packet_id, name=packet_id)
        store.save_decision(packet_id, decision("supplement"), facts=facts(uscc=None), draw=how)
    wait(store, "q1")
    drawn = {each.packet for each in review.sample(store)}
    assert drawn == {packet_id for packet_id in ids if how.takes(packet_id)}
    assert 0 < len(drawn) < len(ids)
    many = sum(how.takes(f"0198-{number}") for number in range(8000))
    assert 1850 < many < 2150  # five standard deviations around a quarter
    assert {store.packet(packet_id).state for packet_id in drawn} == {"decided"}


def test_a_drawn_decision_is_checked_once_and_holds(store: Store) -> None:
    for packet_id in ("p1", "p2", "p3"):
        take(store, packet_id, name=packet_id)
        rate = 0.0 if packet_id == "p3" else 1.0
        store.save_decision(packet_id, decision("supplement"), facts=facts(uscc=None), draw=Draw(seed="s", rate=rate))
    checked = {"reviewer": "李", "role": None, "on": DAY}
    assert review.check(store, "p1", agrees=True, reason="", **checked).agrees is True
    with pytest.raises(UsageError, match="--disagree needs --why"):
        review.check(store, "p2", agrees=False, reason=" ", **checked)
    assert review.check(store, "p2", agrees=False, reason="日期读错", **checked).reason == "日期读错"
    with pytest.raises(UsageError, match="李 checked it on 2026-11-22"):
        review.check(store, "p1", agrees=False, reason="又看", **checked)
    with pytest.raises(UsageError, match="not in the sample"):
        review.check(store, "p3", agrees=True, reason="", **checked)
    assert [(each.packet, each.agrees) for each in review.sample(store)] == [("p1", True), ("p2", False)]
    assert store.packet("p2").outcome == "supplement"
    assert review.sample(store, date(2026, 11, 23)) == []


def correction(**changed: Any) -> Correction:
    values: dict[str, Any] = {
        "id": 0,
        "packet": "p1",
        "file": "cma.pdf",
        "sha256": "a" * 64,
        "kind": "cma_certificate",
        "page": 1,
        "field": "certificate_number",
        "value": "221020340351",
        "machine_value": "221020340350",
        "machine_confidence": 0.98,
        "reviewer": "李",
        "role": None,
        "reason": "核对",
        "made_on": DAY.isoformat(),
    }
    return Correction(**{**values, **changed})


ACT = Act(reviewer="李", role=None, reason="核对", on=DAY, at=NOON)


def test_agreement_counts_what_people_saw_and_what_they_read_otherwise(store: Store) -> None:
    for packet_id, reviewed in (("p1", True), ("p2", False), ("p3", False)):
        take(store, packet_id, name=packet_id)
        own = facts(uscc=OTHER, files=(replace(facts().files[0], sha256=packet_id[1] * 64),))
        made = decision("supplement", automatic=not reviewed)
        store.save_decision(packet_id, made, facts=own, draw=Draw(seed="s", rate=1.0 if packet_id == "p2" else 0.0))
    store.record_reviewer_decision("p1", outcome="supplement", reviewer="李", reason="缺件", as_of=DAY)
    review.check(store, "p2", agrees=True, reviewer="李", role=None, reason="", on=DAY)
    added = (
        correction(sha256="1" * 64),
        correction(sha256="1" * 64, field="issued_on", value="2023-01-01", machine_value=None, machine_confidence=None),
        correction(sha256="2" * 64, packet="p2", value="221020340350"),  # the person agrees
    )
    for each in added:
        review.record_change(store, "p1", Change(added=(each,)), ACT, None)
    (packets, sampled), fields = review.agreement(store, DAY, DAY)
    assert (packets, sampled) == (2, 1)  # nobody looked at p3
    found = {f"{each.kind}.{each.field}": each for each in fields}
    number = found["cma_certificate.certificate_number"]
    assert (number.all.shown, number.all.corrected, number.all.agreement) == (2, 1, 0.5)
    assert (number.sample.shown, number.sample.corrected) == (1, 0)
    assert {band: count.shown for band, count in number.bands.items()} == {"0.9-0.99": 2}
    issued = found["cma_certificate.issued_on"]
    assert (issued.all.shown, issued.all.corrected, set(issued.bands)) == (1, 1, {"not found"})
    assert found["cma_certificate.scope_items"].all.agreement == 1.0
    assert found["cma_certificate.kind"].all.shown == 2
    with database.reading(store.engine) as connection:
        assert review.field_agreement(connection, DAY, DAY) == fields
        assert review.field_agreement(connection, DAY + timedelta(days=1), None) == ()
    # Of a packet that was only corrected, nobody vouched for more than the value itself.
    only = (correction(sha256="3" * 64, packet="p3"),)
    review.record_change(store, "p1", Change(added=only), ACT, None)
    (packets, _), fields = review.agreement(store, DAY, DAY)
    found = {f"{each.kind}.{each.field}": each.all for each in fields}
    assert packets == 3
    assert (found["cma_certificate.certificate_number"].shown, found["cma_certificate.scope_items"].shown) == (3, 2)
    review.record_change(store, "p1", Change(withdrawn=frozenset({1, 4})), ACT, None)
    fields = review.agreement(store, DAY, DAY)[1]
    assert next(each for each in fields if each.field == "certificate_number").all.corrected == 0


def test_a_decision_made_from_outdated_records_is_not_recorded(store: Store) -> None:
    wait(store, "p1", outcome="supplement")
    standing = store.decision("p1")
    assert standing is not None
    remade = Remade(
        decision=decision("admit"),
        dossier={},
        entry=None,
        uscc=None,
        institution=None,
        packets=("p1",),
        seen=frozenset(),
        standing=standing.id,
    )
    kept, row = review.record_change(store, "p1", Change(added=(correction(),)), ACT, remade)
    assert (kept[0].id, row.decision.outcome, store.packet("p1").state) == (1, "admit", "decided")
    with pytest.raises(Outdated):  # somebody else's correction is there now
        review.record_change(store, "p1", Change(added=(correction(value="x"),)), ACT, remade)
    assert [each.id for each in review.corrections_of(store)] == [1]
    assert len(store.decisions_of("p1")) == 2
    assert USCC != OTHER


def test_the_log_keeps_no_value_that_was_read_from_a_paper(store: Store) -> None:
    wait(store, "p1")
    review.record_change(
        store,
        "p1",
        Change(added=(correction(field="legal_representative", value="王小明", machine_value="壬小明"),)),
        ACT,
        _same(store),
    )
    event = next(each for each in store.events_of("p1") if each.kind == "correction.made")
    assert event.data["field"] == "legal_representative"
    assert "小明" not in str(event.data)
    assert len(str(event.data["digest"])) == 64


def _same(store: Store) -> Remade:
    standing = store.decision("p1")
    assert standing is not None
    return Remade(
        decision=standing.decision,
        dossier={},
        entry=None,
        uscc=None,
        institution=None,
        packets=("p1",),
        seen=frozenset(),
        standing=standing.id,
    )
