"""The register follows what people decide: corrected facts stand in it, with the period in which each held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from desk_cases import AS_OF, END, LATER, Place, Run, hand_in
from papers.packets import LETTER, QUALIFICATION, good_packet
from qi_pipeline.cli.main import main
from qi_pipeline.context import Context
from qi_pipeline.ingest import run_ingest
from qi_pipeline.model import Json
from qi_pipeline.records import history
from qi_pipeline.records.rows import Entry, PacketFacts, QualificationEntry, ServiceEntry
from qi_pipeline.records.store import Store
from qi_pipeline.residency.nightly import run_night
from records_cases import USCC, Database, decision
from stored_pool import drop

DECIDED = date(2026, 11, 24)
CMA, LICENCE = "cma_certificate", "business_licence"


def admitted(place: Place, name: str = "one", seed: int = 0) -> str:
    """The code of an institution that the machine admitted."""
    context, pool = place
    drop(context, pool, good_packet(seed=seed), name)
    [entry] = run_ingest(context, AS_OF).packets
    assert entry["outcome"] == "admit"
    institution = entry["institution"]
    assert isinstance(institution, dict)
    return str(institution["uscc"])


def numbers(context: Context, uscc: str, day: date) -> list[tuple[str, str | None, date | None, tuple[str, ...]]]:
    snapshot = context.store.registry_snapshot(uscc, day)
    return [(each.kind, each.number, each.valid_to, each.services) for each in snapshot.qualifications]


def changed(context: Context, uscc: str) -> list[history.Change]:
    return history.read(context.store.engine, uscc)[1]


def night(context: Context, day: date) -> dict[str, Json]:
    return run_night(context.store, day, context.policy)


def test_a_rejected_correction_stands_in_the_register_and_the_night_judges_it(place: Place, run: Run) -> None:
    context, _ = place
    uscc = admitted(place)
    [before] = numbers(context, uscc, AS_OF)
    ended = DECIDED - timedelta(days=2)
    waits = run("correct", "one", f"{CMA}.valid_to={ended}", "--why", "原件如此", *LATER)
    assert (waits["outcome"], waits["state"]) == ("supplement", "waiting")
    assert numbers(context, uscc, DECIDED) == [before]  # nobody decided yet
    run("decide", "one", "--outcome", "reject", "--reason", "证书已过期", *LATER)
    assert numbers(context, uscc, DECIDED) == [(CMA, before[1], ended, before[3])]
    assert numbers(context, uscc, DECIDED - timedelta(days=1)) == [before]
    [change] = changed(context, uscc)
    assert (change.field, change.state, change.source) == (
        "qualification", "corrected", context.store.packet("one").id
    )  # fmt: skip
    assert (str(before[2]) in str(change.before), str(ended) in str(change.after)) == (True, True)
    assert (change.paper, change.corrected_by) == (f"{QUALIFICATION}, p. 1", "李审核")
    tonight = night(context, DECIDED)
    [stopped] = tonight["suspended"]  # type: ignore[misc]
    assert (stopped["uscc"], stopped["services"], stopped["reason"]) == (uscc, list(before[3]), "qualification_expired")
    grace = context.policy.residency.deregistration_grace_days
    last = ended + timedelta(days=1 + grace)
    assert night(context, last - timedelta(days=1))["deregistered"] == []
    [left] = night(context, last)["deregistered"]  # type: ignore[misc]
    assert (left["uscc"], left["clause"]) == (uscc, "4.2")
    assert numbers(context, uscc, AS_OF) == [before]
    assert context.store.verify_log().ok


def test_an_end_long_past_deregisters_in_the_next_night(place: Place, run: Run) -> None:
    context, _ = place
    uscc = admitted(place)
    assert night(context, AS_OF)["suspended"] == []
    run("correct", "one", f"{CMA}.valid_to=2024-05-01", "--why", "看错", *LATER)
    assert night(context, date(2026, 11, 23))["suspended"] == []
    run("decide", "one", "--outcome", "reject", "--reason", "证书已过期", *LATER)
    [left] = night(context, DECIDED)["deregistered"]  # type: ignore[misc]
    assert left["uscc"] == uscc


def test_an_end_that_a_person_moves_ahead_takes_nothing_away(place: Place, run: Run) -> None:
    context, _ = place
    uscc = admitted(place)
    run(
        "correct",
        "one",
        f"{CMA}.valid_to=2027-05-01",
        "commitment_letter.signature_present=false",
        "--why",
        "x",
        *LATER,
    )
    run("decide", "one", "--outcome", "supplement", "--reason", "承诺书未签字", *LATER)
    [held] = numbers(context, uscc, DECIDED)
    assert held[2] == date(2027, 5, 1)
    tonight = night(context, DECIDED)
    assert (tonight["suspended"], tonight["deregistered"]) == ([], [])


@pytest.mark.parametrize("outcome", ["reject", "admit"])
def test_a_corrected_number_keeps_the_services_of_the_misread_one(place: Place, run: Run, outcome: str) -> None:
    context, _ = place
    uscc = admitted(place)
    [before] = numbers(context, uscc, AS_OF)
    wrong = (f"{CMA}.certificate_number=221020111799", "commitment_letter.signature_present=false")
    assert run("correct", "one", *wrong, "--why", "核对", *LATER)["state"] == "waiting"
    run("decide", "one", "--outcome", outcome, "--reason", "已看原件", *LATER)
    assert numbers(context, uscc, DECIDED) == [(CMA, "221020111799", before[2], before[3])]
    assert numbers(context, uscc, AS_OF) == [before]
    assert night(context, DECIDED)["suspended"] == []
    [change] = changed(context, uscc)
    assert str(before[1]) in str(change.before)
    assert "221020111799" in str(change.about)


@pytest.mark.parametrize(
    ("assignment", "kind"),
    [((f"{CMA}.holder_name=无锡他人检测有限公司",), False), ((f"{QUALIFICATION}#1=cnas_certificate",), True)],
    ids=["another holder", "another kind"],
)
def test_a_certificate_that_a_correction_takes_out_goes_off_the_file(
    place: Place, run: Run, assignment: tuple[str, ...], kind: bool
) -> None:
    context, _ = place
    uscc = admitted(place)
    [before] = numbers(context, uscc, AS_OF)
    flags = ("--kind",) if kind else ()
    run("correct", *flags, "one", *assignment, "--why", "非本机构", *LATER)
    run("decide", "one", "--outcome", "reject", "--reason", "无资质", *LATER)
    assert before[:2] not in [each[:2] for each in numbers(context, uscc, DECIDED)]
    assert numbers(context, uscc, AS_OF) == [before]
    assert "qualification.misread" in [each.kind for each in context.store.events_of(uscc)]
    [stopped] = night(context, DECIDED)["suspended"]  # type: ignore[misc]
    assert stopped["services"] == list(before[3])
    grace = context.policy.residency.deregistration_grace_days
    assert night(context, DECIDED + timedelta(days=grace - 1))["deregistered"] == []


def test_a_licence_that_has_ended_suspends_all(place: Place, run: Run) -> None:
    context, _ = place
    uscc = admitted(place)
    run("correct", "one", f"{LICENCE}.valid_to=2026-10-01", "--why", "旧版执照有期限", *LATER)
    run("decide", "one", "--outcome", "reject", "--reason", "执照过期", *LATER)
    institution = context.store.institution(uscc)
    assert institution is not None
    assert institution.licence_valid_to == date(2026, 10, 1)
    assert [each.field for each in changed(context, uscc)] == ["licence_valid_to"]
    [stopped] = night(context, DECIDED)["suspended"]  # type: ignore[misc]
    assert stopped["reason"] == "licence_expired"


def test_a_correction_after_a_persons_decision_reaches_the_register(place: Place, run: Run) -> None:
    context, _ = place
    uscc = admitted(place)
    [before] = numbers(context, uscc, AS_OF)
    run("correct", "one", "commitment_letter.signature_present=false", "--why", "未签", *LATER)
    run("decide", "one", "--outcome", "reject", "--reason", "未签字", *LATER)
    answer = run(
        "correct", "one", f"{CMA}.valid_to=2026-11-01", "--why", "再看", "--reviewer", "王审核", "--as-of", "2026-11-25"
    )
    assert (answer["outcome"], answer["recommended"]) == ("reject", "supplement")
    assert numbers(context, uscc, date(2026, 11, 25)) == [(CMA, before[1], date(2026, 11, 1), before[3])]
    assert numbers(context, uscc, DECIDED) == [before]
    last = changed(context, uscc)[-1]
    assert (last.paper, last.corrected_by) == (f"{QUALIFICATION}, p. 1", "王审核")
    back = ("correct", "--withdraw", str(answer["corrections"][0]["id"]), "--why", "抄错", "--reviewer", "王审核")
    run(*back, "--as-of", "2026-11-26")
    assert numbers(context, uscc, date(2026, 11, 26)) == [before]
    assert numbers(context, uscc, date(2026, 11, 25))[0][2] == date(2026, 11, 1)


def test_a_person_who_admits_over_a_doubt_may_say_the_date_later(
    place: Place, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    context, _ = place
    uscc = hand_in(place, "one", good_packet(), blurred=END)["institution"]["uscc"]
    assert main(["decide", "one", "--outcome", "admit", "--reason", "原件有效", *LATER]) == 0
    assert "未登记入册" in capsys.readouterr().err
    assert numbers(context, uscc, DECIDED) == []
    run("correct", "one", f"{CMA}.valid_to=2028-03-01", "--why", "原件", *LATER)
    [held] = numbers(context, uscc, DECIDED)
    assert held[2] == date(2028, 3, 1)
    assert held[3]


def test_what_a_later_paper_said_is_newer_than_a_correction_of_the_older(
    place: Place, run: Run, tmp_path: Path
) -> None:
    context, _ = place
    uscc = admitted(place)
    [before] = numbers(context, uscc, AS_OF)
    table = tmp_path / "q.csv"
    table.write_text(
        "uscc,kind,number,issuing_authority,valid_from,valid_to,services\n"
        f"{uscc},{CMA},{before[1]},,{context.store.registry_snapshot(uscc, AS_OF).qualifications[0].valid_from},"
        f"2031-01-01,{';'.join(before[3])}\n",
        encoding="utf-8",
    )
    context.store.import_roster(None, table, on=date(2026, 11, 23))
    run("correct", "one", f"{CMA}.valid_to=2020-01-01", "--why", "看错", *LATER)
    run("decide", "one", "--outcome", "reject", "--reason", "旧证已过期", *LATER)
    assert [each[2] for each in numbers(context, uscc, DECIDED)] == [date(2031, 1, 1)]


def test_a_correction_brings_nobody_back_who_has_left(place: Place, run: Run) -> None:
    context, _ = place
    uscc = admitted(place)
    run("revoke", uscc, "--reason", "资质被撤销", "--as-of", "2026-11-23")
    run("correct", "one", f"{CMA}.certificate_number=221020111799", "--why", "核对", *LATER)
    institution = context.store.institution(uscc)
    assert institution is not None
    assert institution.state == "deregistered"


def test_a_paper_corrected_in_the_packet_it_came_in_reaches_the_supplement_that_was_admitted(
    place: Place, run: Run
) -> None:
    context, pool = place
    whole = good_packet()
    drop(context, pool, whole.without(LETTER), "first")
    assert run_ingest(context, AS_OF).packets[0]["outcome"] == "supplement"
    assert whole.application is not None
    application = whole.application.but(request="supplement", submitted_at="2026-11-23T09:00:00+08:00")
    drop(context, pool, replace(whole, application=application, files={LETTER: whole.files[LETTER]}), "second")
    [entry] = run_ingest(context, date(2026, 11, 23)).packets
    assert entry["outcome"] == "admit"
    uscc = whole.body.uscc
    answer = run("correct", "first", f"{CMA}.valid_to=2026-11-01", "--why", "看错", *LATER)
    assert answer["decided_again"] == [context.store.packet("second").id]
    assert context.store.packet("second").state == "waiting"
    run("decide", "second", "--outcome", "reject", "--reason", "过期", *LATER)
    assert [each[2] for each in numbers(context, uscc, DECIDED)] == [date(2026, 11, 1)]


@pytest.mark.parametrize("outcome", ["reject", "admit"])
def test_papers_put_to_the_wrong_code_go_off_its_file(place: Place, run: Run, outcome: str) -> None:
    context, _ = place
    wrong = admitted(place)
    right = good_packet(seed=5).body.uscc
    codes = [f"{kind}.holder_uscc={right}" for kind in ("application_form", LICENCE)]
    extra = "commitment_letter.signature_present=false"
    assert run("correct", "one", *codes, extra, "--why", "抄错代码", *LATER)["institution"]["uscc"] == right
    run("decide", "one", "--outcome", outcome, "--reason", "已核对", *LATER)
    assert numbers(context, wrong, DECIDED) == []
    assert len(numbers(context, wrong, AS_OF)) == 1
    entered = context.store.institution(right)
    assert (entered is not None and entered.state == "active") is (outcome == "admit")
    [stopped] = night(context, DECIDED)["suspended"]  # type: ignore[misc]
    assert stopped["uscc"] == wrong


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_amended_is_so_in_both_databases(kind: str, tmp_path: Path) -> None:
    base = Database(kind, tmp_path)
    first = QualificationEntry(
        kind=CMA,
        number="1",
        valid_from="2024-01-01",
        valid_to="2029-12-31",
        services=("食品检测",),
        file="a.pdf",
        page=1,
    )
    entered = Entry(
        uscc=USCC,
        request="admission",
        name="无锡甲检测有限公司",
        legal_representative="李一",
        services=(ServiceEntry(name="食品检测", item="testing", standards=("GB 5009.12-2017",)),),
        qualifications=(first,),
    )
    renewed = replace(first, number="2", valid_from="2025-01-01", valid_to="2031-12-31", file="b.pdf")
    with Store(base.url) as store:
        for name in ("p1", "p2"):
            store.register_packet(packet_id=name, name=name, content_hash=None, taken_at="x", as_of=AS_OF)
        store.save_decision(
            "p1",
            decision(as_of=AS_OF),
            facts=PacketFacts(request=None, uscc=USCC, institution=None),
            entry=entered,
            dossier={},
        )
        renewal = replace(entered, request="renewal", qualifications=(renewed,))
        store.save_decision(
            "p2",
            decision(as_of=AS_OF),
            facts=PacketFacts(request=None, uscc=USCC, institution=None),
            entry=renewal,
            dossier={},
        )
        assert held(store, DECIDED) == [("2", date(2031, 12, 31), ("食品检测",))]
        # The renewal was another's: it goes, and what it had replaced comes back.
        strange = replace(renewal, qualifications=(), services=())
        waits = decision("supplement", automatic=False, as_of=DECIDED)
        store.save_decision("p2", waits, entry=strange, dossier={}, again=True)
        reject = {"outcome": "reject", "reviewer": "李审核", "reason": "他人证书", "as_of": DECIDED}
        store.record_reviewer_decision("p2", **reject)
        assert held(store, DECIDED) == [("1", date(2029, 12, 31), ("食品检测",))]
        # What can't be read for certain any more takes nothing off.
        store.save_decision("p1", replace(waits), entry=replace(entered, qualifications=(), doubtful=((CMA, "a.pdf"),)),
            dossier={}, again=True)  # fmt: skip
        store.record_reviewer_decision("p1", **reject)
        assert held(store, DECIDED) == [("1", date(2029, 12, 31), ("食品检测",))]
        assert held(store, DECIDED - timedelta(days=1)) == [("2", date(2031, 12, 31), ("食品检测",))]
        assert store.registry_snapshot(USCC, DECIDED).standards == {"食品检测": ("GB 5009.12-2017",)}
        assert store.registry_snapshot(USCC, DECIDED, without="p1").state is None
        assert [each.state for each in history.read(store.engine, USCC)[1]][-1] == "corrected"
        assert store.verify_log().ok
    base.close()


def held(store: Store, day: date) -> list[tuple[str | None, date | None, tuple[str, ...]]]:
    return [(each.number, each.valid_to, each.services) for each in store.registry_snapshot(USCC, day).qualifications]
