"""Retention: only what is past its term goes, in two steps, never under a hold, and never decisions or events."""

from __future__ import annotations

import json
from datetime import date

import pytest

from papers.packets import good_packet, packet
from qi_pipeline import workdays
from qi_pipeline.cli.main import main
from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.policy import RetentionPolicy, default_policy
from qi_pipeline.records import legal_holds, retention, signing, sweep
from qi_pipeline.records.store import Store
from qi_pipeline.residency import leaving
from records_cases import Database, decision, entry, facts, take
from stored_pool import drop, workspace
from test_schemas import problems

ADMITTED, LEFT, REJECTED = date(2026, 11, 22), date(2026, 12, 2), date(2020, 2, 3)
TERMS = RetentionPolicy(years_after_leaving=5, years_after_rejection=3)
OVER = date(2031, 12, 3)


@pytest.fixture
def place(tmp_path):
    """One institution that was admitted and left."""
    with workspace(tmp_path / "ws") as (context, pool):
        drop(context, pool, good_packet(), "gone")
        assert run_ingest(context, ADMITTED).packets[0]["outcome"] == "admit", context.store.packets()
        leaving.exit_voluntarily(context.store, good_packet().body.uscc, on=LEFT, reason="业务调整")
        yield context, pool


def due(context, day: date) -> list[str]:
    return [each.name for each in retention.plan(context.store, TERMS, day).due]


def files(context) -> set[str]:
    home = context.settings.home
    return {
        str(path.relative_to(home))
        for folder in ("archive", ".qi/originals", ".qi/pages", ".qi/readings")
        for path in (home / folder).rglob("*")
        if path.is_file()
    }


def test_a_term_ends_after_its_last_day_and_the_default_keeps_for_ever(place):
    context, _ = place
    assert due(context, date(2031, 12, 2)) == []
    assert due(context, OVER) == ["gone"]
    assert retention.plan(context.store, default_policy().retention, date(2999, 1, 1)).expired == ()
    rejected_only = RetentionPolicy(years_after_leaving=0, years_after_rejection=1)
    assert retention.plan(context.store, rejected_only, OVER).expired == ()


def test_a_run_removes_the_papers_and_nothing_else(place):
    context, pool = place
    store, settings = context.store, context.settings
    row = store.packet("gone")
    (settings.work / "pages").mkdir(exist_ok=True)
    sha256 = next(each.sha256 for each in store.facts_of(row.id).files if each.name.endswith(".pdf"))
    (settings.work / "pages" / f"{sha256[:16]}-1.webp").touch()
    drop(context, pool, packet("licence_missing"), "stays")
    run_ingest(context, date(2031, 12, 2))
    others = files(context)
    found = retention.plan(store, TERMS, OVER)
    decisions = store.decisions_of(row.id)
    done = retention.run(store, settings, TERMS, OVER, confirmed=found.fingerprint, by="王审核")
    assert done == [row.id]
    left = files(context)
    assert not (settings.work / "pages" / f"{sha256[:16]}-1.webp").exists()
    assert not (settings.archive / row.id).exists()
    stays = store.packet("stays")
    assert {name for name in others if name.startswith(f"archive/{stays.id}/")} <= left
    assert store.decisions_of(row.id) == decisions
    assert store.verify_log().ok
    event = next(each for each in store.events_of(row.id) if each.kind == "packet.removed")
    assert sha256 in event.data["originals"]
    assert event.data["removed_by"] == "王审核"
    # Removed is not missing; what the other packet needs is there.
    assert sweep.check_all(store, settings, OVER)[1] == ()
    assert retention.plan(store, TERMS, OVER).expired == ()
    assert (
        retention.run(
            store, settings, TERMS, OVER, confirmed=retention.plan(store, TERMS, OVER).fingerprint, by="王审核"
        )
        == []
    )


def test_an_original_that_another_packet_needs_stays(place):
    context, pool = place
    store = context.store
    row = store.packet("gone")
    shared = store.facts_of(row.id).files[-1]
    folder = drop(context, pool, packet("licence_missing"), "other")
    source = context.settings.work / "originals" / shared.sha256[:2] / shared.sha256
    (folder / shared.name).write_bytes(source.read_bytes())
    run_ingest(context, date(2031, 12, 2))
    found = retention.plan(store, TERMS, OVER)
    retention.run(store, context.settings, TERMS, OVER, confirmed=found.fingerprint, by="王审核")
    assert source.is_file()
    assert sweep.check_all(store, context.settings, OVER)[1] == ()


def test_a_hold_on_the_packet_or_the_institution_keeps_it(place):
    context, _ = place
    store = context.store
    before = files(context)
    for about in ("gone", good_packet().body.uscc):
        hold = legal_holds.add(store, about, reason="诉讼", by="李法务", role="管理机构", on=OVER)
        found = retention.plan(store, TERMS, OVER)
        assert (found.due, [each.held for each in found.expired]) == ((), [True])
        assert retention.run(store, context.settings, TERMS, OVER, confirmed=found.fingerprint, by="王") == []
        assert files(context) == before
        lifted = legal_holds.lift(store, hold.id, reason="结案", by="李法务", on=OVER)
        assert (lifted.lifted_by, lifted.lifted_reason) == ("李法务", "结案")
        assert due(context, OVER) == ["gone"]
    assert legal_holds.listed(store) == []
    assert len(legal_holds.listed(store, lifted=True)) == 2
    with pytest.raises(UsageError, match="no hold 1 is in force"):
        legal_holds.lift(store, 1, reason="x", by="y", on=OVER)
    with pytest.raises(UsageError, match="no such packet"):
        legal_holds.add(store, "nothing", reason="x", by="y", role=None, on=OVER)


def test_a_hold_that_comes_between_plan_and_run_is_obeyed(place, monkeypatch):
    context, _ = place
    store = context.store
    found = retention.plan(store, TERMS, OVER)
    with pytest.raises(UsageError, match="look at"):
        retention.run(store, context.settings, TERMS, OVER, confirmed="000000000000", by="王")
    whole = retention._record

    def late(*arguments):
        legal_holds.add(store, "gone", reason="诉讼", by="李法务", role=None, on=OVER)
        whole(*arguments)

    monkeypatch.setattr(retention, "_record", late)
    before = files(context)
    assert retention.run(store, context.settings, TERMS, OVER, confirmed=found.fingerprint, by="王") == []
    assert files(context) == before


def test_a_run_that_was_cut_off_is_finished_by_the_next(place, monkeypatch):
    context, _ = place
    store = context.store
    found = retention.plan(store, TERMS, OVER)
    whole, calls = retention._gone, []

    def dies(path):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        whole(path)

    monkeypatch.setattr(retention, "_gone", dies)
    with pytest.raises(KeyboardInterrupt):
        retention.run(store, context.settings, TERMS, OVER, confirmed=found.fingerprint, by="王")
    monkeypatch.setattr(retention, "_gone", whole)
    again = retention.plan(store, TERMS, OVER)
    assert again.expired == ()
    done = retention.run(store, context.settings, TERMS, OVER, confirmed=again.fingerprint, by="王")
    assert len(done) == 1
    assert files(context) == set()


def test_nothing_is_removed_while_packets_are_under_way(place):
    context, _ = place
    (context.settings.work / "claims" / "20250303-000000-abcd").mkdir(parents=True)
    found = retention.plan(context.store, TERMS, OVER)
    with pytest.raises(PassingError, match="under way"):
        retention.run(context.store, context.settings, TERMS, OVER, confirmed=found.fingerprint, by="王")


def test_rejected_applications_have_their_own_term_and_residents_none(tmp_path):
    for kind in ("sqlite", "postgresql"):
        try:
            base = Database(kind, tmp_path)
        except pytest.skip.Exception:
            continue
        with Store(base.url) as store:
            take(store, "p1")
            store.save_decision(
                "p1", decision("reject", automatic=False, as_of=REJECTED), facts=facts(files=()), entry=entry()
            )
            assert retention.plan(store, TERMS, OVER).expired == ()  # nobody decided yet
            store.record_reviewer_decision(
                "p1", outcome="reject", reviewer="审核员", reason="属实", as_of=REJECTED, role="运维机构"
            )
            assert retention.plan(store, TERMS, date(2023, 2, 3)).expired == ()
            only = retention.plan(store, TERMS, date(2023, 2, 4)).expired
            assert [(each.packet, each.term, each.since) for each in only] == [("p1", "rejected", REJECTED)]
            take(store, "p2")
            store.save_decision("p2", decision(as_of=date(2021, 1, 4)), facts=facts(files=()), entry=entry())
            assert retention.plan(store, TERMS, OVER).expired == ()  # admitted since
        base.close()


def test_the_commands(place, monkeypatch, capsys):
    context, _ = place
    monkeypatch.setenv("QI_HOME", str(context.settings.home))
    monkeypatch.setattr(workdays, "today", lambda: OVER)
    (context.settings.home / "policy.toml").write_text("[retention]\nyears_after_leaving = 5\n")

    def run(*arguments: str) -> dict:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    made = run("hold", "add", "gone", "--reason", "诉讼", "--by", "李法务")
    assert problems("output_hold", made) == []
    assert problems("output_hold", run("hold", "list")) == []
    found = run("retention", "plan", "--as-of", "2031-12-03")
    assert problems("output_retention", found) == []
    assert [each["held"] for each in found["expired"]] == [True]
    run("hold", "remove", str(made["id"]), "--reason", "结案", "--by", "李法务")
    found = run("retention", "run", "--as-of", "2031-12-03", "--by", "王审核")
    assert (found["removed"], len(found["expired"])) == ([], 1)
    before = files(context)
    assert main(["retention", "run", "--as-of", "2999-01-01", "--by", "王", "--confirm", found["fingerprint"]]) == 2
    assert main(["retention", "run", "--as-of", "2031-12-03", "--confirm", found["fingerprint"]]) == 2
    assert files(context) == before
    capsys.readouterr()
    done = run("retention", "run", "--as-of", "2031-12-03", "--by", "王审核", "--confirm", found["fingerprint"])
    assert problems("output_retention", done) == []
    assert len(done["removed"]) == 1
    report = context.settings.home / str(context.store.packet("gone").report)
    assert good_packet().body.name in report.read_text(encoding="utf-8")
    assert signing.prove(context.store, context.settings).check.ok
