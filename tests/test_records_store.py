"""Packets and decisions on record: duplicates, crashes, reviewers, supplements, the register that follows."""

import multiprocessing
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from qi_pipeline.admission.facts import CreditEntry
from qi_pipeline.errors import InstallationError, PassingError, UsageError
from qi_pipeline.records import database
from qi_pipeline.records.packets import PacketFilter
from qi_pipeline.records.register import InstitutionFilter
from qi_pipeline.records.registry_tables import duties, institution_history, services
from qi_pipeline.records.rows import QualificationEntry, ServiceEntry
from qi_pipeline.records.store import Store
from qi_pipeline.settings import Settings
from records_cases import DAY, OTHER, USCC, Database, decision, entry, facts, take


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request, tmp_path):
    made = Database(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def store(base):
    with Store(base.url) as opened:
        yield opened


def kinds(store: Store, subject: str) -> list[str]:
    return [event.kind for event in store.events_of(subject)]


def test_the_same_bytes_again_are_a_duplicate_of_the_first(store):
    assert not take(store, "p1", content="h").duplicate
    again = take(store, "p2", content="h", name="other-name")
    assert (again.duplicate, again.packet.id) == (True, "p1")
    assert not take(store, "p3", content="i").duplicate
    assert [packet.id for packet in store.packets()] == ["p1", "p3"]
    assert kinds(store, "p2") == ["packet.duplicate"]


def test_taking_in_again_after_a_crash_gives_the_same_answer(store):
    take(store, "p1", content="h")
    take(store, "p2", content="h")
    first, second = take(store, "p1", content="h"), take(store, "p2", content="h")
    assert (first.resumed, first.duplicate) == (True, False)
    assert (second.resumed, second.duplicate, second.packet.id) == (True, True, "p1")
    assert (kinds(store, "p1"), kinds(store, "p2")) == (["packet.taken"], ["packet.duplicate"])


def test_quarantined_bytes_are_tried_again_only_when_that_can_help(store):
    take(store, "p1", content="h")
    store.save_quarantine("p1", "corrupt", "damaged")
    assert take(store, "p2", content="h").duplicate
    assert not take(store, "p3", content="h", conditions="other policy").duplicate
    store.save_quarantine("p3", "timeout", "too slow")
    assert not take(store, "p4", content="h", conditions="other policy").duplicate
    store.save_decision("p4", decision())
    assert take(store, "p5", content="h", conditions="third policy").duplicate


def test_packets_without_a_content_hash_are_never_duplicates(store):
    for packet_id in ("p1", "p2"):
        answer = store.register_packet(
            packet_id=packet_id, name="x", content_hash=None, taken_at="t", as_of=DAY, conditions=""
        )
        assert not answer.duplicate


def test_what_was_read_comes_back_as_it_was(store):
    take(store, "p1")
    store.save_decision("p1", decision(), facts=facts(), dossier={"a": ["证", 1.5, None]})
    assert store.facts_of("p1") == facts()
    assert store.documents_of("p1", "p9") == {"p1": list(facts().documents), "p9": []}
    standing = store.decision("p1")
    assert standing is not None
    assert standing.decision == decision()
    assert store.dossier_of(standing.id) == {"a": ["证", 1.5, None]}


def test_text_that_no_database_holds_is_kept_readable(store):
    take(store, "p1", name="坏\udcff名\0")
    odd = facts(institution="a\0b", form={"k\0": ["\udc80"]})
    store.save_decision("p1", decision(), facts=odd)
    assert store.packet("p1").name == "坏�名�"
    assert store.facts_of("p1").form == {"k�": ["�"]}


def test_an_automatic_admission_is_final_and_enters_the_register(store):
    take(store, "p1")
    store.save_decision("p1", decision(), facts=facts(), entry=entry(), report="reports/p1/decision.html")
    packet = store.packet("p1")
    assert (packet.state, packet.outcome, packet.automatic, packet.decided_on) == ("decided", "admit", True, DAY)
    known = store.institution(USCC)
    assert known is not None
    assert (known.state, known.admitted_on, known.qualification_count) == ("active", DAY, 1)
    snapshot = store.registry_snapshot(USCC, DAY)
    assert (snapshot.state, snapshot.name) == ("active", "无锡甲检测有限公司")
    [qualification] = snapshot.qualifications
    assert (qualification.number, qualification.valid_to, qualification.services) == (
        "221020340350",
        date(2028, 12, 31),
        ("食品检测",),
    )
    with database.reading(store.engine) as connection:
        assert connection.execute(sa.select(services.c.covered_to)).scalar() == date(2028, 12, 31)
    assert kinds(store, USCC) == ["institution.admitted"]


@pytest.mark.parametrize("outcome", ["supplement", "further_verification", "reject"])
def test_other_outcomes_enter_nobody(store, outcome):
    take(store, "p1")
    store.save_decision("p1", decision(outcome), facts=facts(), entry=entry())
    assert store.institution(USCC) is None
    assert store.registry_snapshot(USCC, DAY).state is None


def test_a_decision_is_saved_once_however_often_it_is_tried(store):
    take(store, "p1")
    first = store.save_decision("p1", decision(), facts=facts(), entry=entry())
    again = store.save_decision("p1", decision("reject"), facts=facts(uscc=OTHER), entry=entry(OTHER))
    assert again == first
    assert store.facts_of("p1").uscc == USCC
    assert store.institution(OTHER) is None
    assert kinds(store, "p1") == ["packet.taken", "decision.made"]


def test_a_packet_that_was_not_taken_in_is_not_decided(store):
    with pytest.raises(UsageError, match="register it first"):
        store.save_decision("nobody", decision(), facts=facts())


def test_a_recommendation_waits_and_changes_nothing_until_a_person_admits(store):
    take(store, "p1")
    store.save_decision("p1", decision("manual_review", automatic=False), facts=facts(), entry=entry())
    packet = store.packet("p1")
    assert (packet.state, packet.decided_on) == ("waiting", None)
    assert store.institution(USCC) is None
    later = DAY + timedelta(days=1)
    row = store.record_reviewer_decision(
        "wx-1", outcome="admit", reviewer="李审核", reason="原件已核对", role="运维机构", as_of=later
    )
    assert (row.final, row.reviewer, row.role, row.reason) == (True, "李审核", "运维机构", "原件已核对")
    packet = store.packet("p1")
    assert (packet.state, packet.outcome, packet.automatic, packet.decided_on) == ("decided", "admit", False, later)
    known = store.institution(USCC)
    assert known is not None
    assert known.admitted_on == later
    assert [each.decision.outcome for each in store.decisions_of("p1")] == ["manual_review", "admit"]
    assert store.decisions_of("p1")[1].supersedes == store.decisions_of("p1")[0].id
    assert kinds(store, "p1") == ["packet.taken", "decision.made", "decision.reviewed"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reviewer": "  "}, "reviewer's name"),
        ({"reason": ""}, "reason"),
        ({"outcome": "manual_review"}, "a reviewer decides"),
        ({"packet": "nobody"}, "no such packet"),
    ],
)
def test_a_reviewers_decision_needs_a_name_a_reason_and_an_outcome(store, change, said):
    take(store, "p1")
    store.save_decision("p1", decision("reject", automatic=False), facts=facts())
    asked = {"packet": "p1", "outcome": "reject", "reviewer": "李", "reason": "名单命中", "as_of": DAY, **change}
    with pytest.raises(UsageError, match=said):
        store.record_reviewer_decision(asked.pop("packet"), **asked)
    assert store.packet("p1").state == "waiting"


def test_a_decided_packet_waits_for_nobody(store):
    take(store, "p1")
    store.save_decision("p1", decision("supplement"), facts=facts())
    with pytest.raises(UsageError, match="decided and waits for nobody"):
        store.record_reviewer_decision("p1", outcome="admit", reviewer="李", reason="x", as_of=DAY)


def test_the_duty_to_notify_is_done_when_the_decision_is_final(store):
    def done() -> list[object]:
        with database.reading(store.engine) as connection:
            return list(connection.execute(sa.select(duties.c.done_on).order_by(duties.c.id)).scalars())

    take(store, "p1")
    store.save_decision("p1", decision("supplement"), facts=facts())
    take(store, "p2")
    store.save_decision("p2", decision("reject", automatic=False), facts=facts())
    assert done() == [DAY, None]
    store.record_reviewer_decision("p2", outcome="reject", reviewer="李", reason="x", as_of=DAY + timedelta(days=2))
    assert done() == [DAY, DAY + timedelta(days=2)]


def test_a_decision_made_again_supersedes_but_never_a_persons(store):
    take(store, "p1")
    store.save_decision("p1", decision("supplement"), facts=facts())
    store.save_decision("p1", decision("reject", automatic=False), again=True)
    assert (store.packet("p1").state, store.packet("p1").outcome) == ("waiting", "reject")
    store.record_reviewer_decision("p1", outcome="supplement", reviewer="李", reason="可以补正", as_of=DAY)
    store.save_decision("p1", decision("admit"), entry=entry(), again=True)
    assert (store.packet("p1").state, store.packet("p1").outcome) == ("decided", "supplement")
    assert store.institution(USCC) is None
    assert len(store.decisions_of("p1")) == 4


def test_a_quarantined_packet_has_its_code_and_no_outcome(store):
    take(store, "p1")
    store.save_quarantine("p1", "archive_bomb", "it unpacks too far", archived="quarantine/p1/x.zip")
    store.save_quarantine("p1", "corrupt", "said twice")
    packet = store.packet("p1")
    assert (packet.state, packet.code, packet.outcome) == ("quarantined", "archive_bomb", None)
    with pytest.raises(UsageError, match="quarantine"):
        store.save_decision("p1", decision(), again=True)


def test_packets_are_found_by_id_and_by_name_and_filtered(store):
    for number, outcome in enumerate(("admit", "supplement", "reject")):
        take(store, f"p{number}", name="same")
        store.save_decision(f"p{number}", decision(outcome, automatic=outcome != "reject"), facts=facts())
    assert store.packet("p0").id == "p0"
    assert store.packet("same").id == "p2"
    assert store.packet("same", state="decided").id == "p1"
    assert [row.id for row in store.packets(PacketFilter(state="waiting"))] == ["p2"]
    assert [row.id for row in store.packets(PacketFilter(outcome="supplement"))] == ["p1"]
    assert [row.id for row in store.packets(PacketFilter(uscc=USCC, limit=2))] == ["p0", "p1"]
    with pytest.raises(UsageError, match="packet list"):
        store.packet("none")


def test_a_supplement_completes_what_is_open_since_the_last_final_answer(store):
    for packet_id, outcome in (("z1", "reject"), ("y2", "supplement"), ("x3", "further_verification")):
        take(store, packet_id)
        store.save_decision(packet_id, decision(outcome), facts=facts())
    take(store, "w4")
    assert [row.id for row in store.open_packets_of(USCC, before="w4")] == ["y2", "x3"]
    store.save_decision("w4", decision("supplement"), facts=facts(request="supplement", completes="x3"))
    assert [row.id for row in store.open_packets_of(USCC, before="w4")] == ["y2", "x3"]
    assert [row.id for row in store.open_packets_of(USCC, before="x3")] == ["y2"]
    assert store.open_packets_of(OTHER) == []
    take(store, "v5")
    store.save_decision("v5", decision("admit"), facts=facts(request="supplement"), entry=entry())
    assert store.open_packets_of(USCC) == []
    assert store.packet("w4").completes == "x3"


def admit(store: Store, packet_id: str, on: date, entered) -> None:
    take(store, packet_id)
    store.save_decision(packet_id, decision(as_of=on), facts=facts(), entry=entered)


def test_any_past_day_of_the_register_can_be_asked(store):
    spring, summer = date(2026, 3, 1), date(2026, 7, 1)
    admit(store, "p1", spring, entry())
    renewed = QualificationEntry(
        kind="cma_certificate",
        number="221020340350",
        issuing_authority="江苏省市场监督管理局",
        valid_from="2023-01-01",
        valid_to="2034-12-31",
        services=("食品检测", "饮料检测"),
    )
    changed = entry(
        request="change",
        name="无锡乙检测有限公司",
        legal_representative=None,
        services=(ServiceEntry(name="饮料检测", item="testing"),),
        qualifications=(renewed,),
    )
    admit(store, "p2", summer, changed)
    before = store.registry_snapshot(USCC, summer - timedelta(days=1))
    after = store.registry_snapshot(USCC, summer)
    assert (before.name, after.name) == ("无锡甲检测有限公司", "无锡乙检测有限公司")
    assert after.legal_representative == "王小明"
    assert [each.valid_to for each in before.qualifications] == [date(2028, 12, 31)]
    assert [each.valid_to for each in after.qualifications] == [date(2034, 12, 31)]
    assert after.qualifications[0].services == ("食品检测", "饮料检测")
    assert store.registry_snapshot(USCC, spring - timedelta(days=1)).state is None
    known = store.institution(USCC)
    assert known is not None
    assert (known.admitted_on, known.held_from) == (spring, summer)
    assert kinds(store, USCC) == ["institution.admitted", "institution.change"]


def test_an_annual_audit_that_passes_is_dated(store):
    admit(store, "p1", date(2025, 5, 1), entry())
    admit(store, "p2", date(2026, 5, 2), entry(request="annual_audit"))
    known = store.institution(USCC)
    assert known is not None
    assert (known.admitted_on, known.last_audit_on) == (date(2025, 5, 1), date(2026, 5, 2))


def test_who_has_left_comes_back_by_a_new_application_only(store):
    admit(store, "p1", date(2025, 5, 1), entry())
    with store.write() as (connection, _):
        connection.execute(sa.text("UPDATE institutions SET state = 'exited', closed_on = '2026-01-01'"))
    admit(store, "p2", date(2026, 5, 1), entry(request="change", name="改名有限公司"))
    assert store.institution(USCC).state == "exited"
    assert store.institution(USCC).name == "无锡甲检测有限公司"
    admit(store, "p3", date(2026, 6, 1), entry())
    known = store.institution(USCC)
    assert (known.state, known.admitted_on, known.closed_on) == ("active", date(2026, 6, 1), None)
    with database.reading(store.engine) as connection:
        left = connection.execute(sa.select(institution_history.c.state)).scalars().all()
    assert left == ["exited"]
    assert kinds(store, USCC)[-1] == "institution.readmitted"


def test_institutions_are_listed_by_state_category_and_what_ends(store):
    admit(store, "p1", DAY, entry())
    admit(store, "p2", DAY, entry(OTHER, category="metrology", licence_valid_to="2027-01-31"))
    assert [row.uscc for row in store.institutions()] == [USCC, OTHER]
    assert [row.uscc for row in store.institutions(InstitutionFilter(category="metrology"))] == [OTHER]
    assert store.institutions(InstitutionFilter(state="exited")) == []
    assert [row.uscc for row in store.institutions(InstitutionFilter(expiring_by=date(2027, 1, 31)))] == [OTHER]
    assert store.institutions(InstitutionFilter(expiring_by=date(2027, 1, 30))) == []
    assert store.institution(USCC).licence_valid_to is None


def listed(uscc: str, listed_on: str, removed_on: str | None = None, reason: str = "逾期未年报") -> CreditEntry:
    return CreditEntry(
        list="abnormal",
        uscc=uscc,
        name="某公司",
        listed_on=date.fromisoformat(listed_on),
        removed_on=date.fromisoformat(removed_on) if removed_on else None,
        reason=reason,
    )


def test_lists_are_told_apart_from_lists_never_loaded(store):
    assert store.credit_snapshot(USCC).loaded == ()
    store.import_credit_list([], "violations", loaded_on=DAY, source="empty.csv")
    assert store.credit_snapshot(USCC).loaded == ("violations",)
    assert store.credit_snapshot(None).entries == ()


def test_a_list_loaded_again_updates_its_entries_and_forgets_none(store):
    first = [listed(USCC, "2025-01-01"), listed(OTHER, "2025-02-01")]
    store.import_credit_list(first, "abnormal", loaded_on=DAY, source="a.csv")
    store.import_credit_list([listed(USCC, "2025-01-01", "2026-01-01")], "abnormal", loaded_on=DAY, source="b.csv")
    assert [each.removed_on for each in store.credit_snapshot(USCC).entries] == [date(2026, 1, 1)]
    assert [each.removed_on for each in store.credit_snapshot(OTHER).entries] == [None]
    assert [(load.source, load.entries) for load in store.credit_loads()] == [("b.csv", 1)]


def test_of_two_entries_of_one_day_the_graver_stands(store):
    rows = [listed(USCC, "2025-01-01", "2025-06-01", "甲"), listed(USCC, "2025-01-01", None, "乙")]
    load = store.import_credit_list(rows, "abnormal", loaded_on=DAY, source="a.csv")
    [kept] = store.credit_snapshot(USCC).entries
    assert (load.entries, kept.removed_on, kept.reason) == (1, None, "甲；乙")


class Crash(BaseException):
    """A death that nothing handles."""


def test_a_crash_at_any_statement_leaves_all_of_a_decision_or_nothing(store):
    left = None

    def die(*_: object) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                left = None
                raise Crash

    sa.event.listen(store.engine, "before_cursor_execute", die)
    for survived in range(100):
        packet_id = f"p{survived}"
        take(store, packet_id)
        left = survived
        try:
            store.save_decision(packet_id, decision(), facts=facts(), entry=entry())
        except Crash:
            died = True
        else:
            died, left = False, None
        if died:
            assert store.packet(packet_id).state == "processing"
            assert store.decision(packet_id) is None
            assert store.facts_of(packet_id).documents == ()
            assert kinds(store, packet_id) == ["packet.taken"]
        store.save_decision(packet_id, decision(), facts=facts(), entry=entry())
        assert kinds(store, packet_id) == ["packet.taken", "decision.made"]
        if not died:
            break
    assert not died
    assert survived > 10
    assert store.verify_log().ok


def work(url: str, worker: int, start) -> None:
    with Store(url) as store:
        start.wait()
        for number in range(12):
            packet_id = f"w{worker}-{number}"
            answer = take(store, packet_id, content=f"shared-{number}")
            if not answer.duplicate:
                uscc = USCC if number % 2 else OTHER
                store.save_decision(packet_id, decision(), facts=facts(uscc), entry=entry(uscc))


def test_workers_on_one_database_neither_block_each_other_nor_judge_twice(base):
    Store(base.url).close()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(3)
    workers = [context.Process(target=work, args=(base.url, number, start)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with Store(base.url) as store:
        rows = store.packets()
        assert len(rows) == 12
        assert {row.state for row in rows} == {"decided"}
        check = store.verify_log()
        assert (check.ok, check.count) == (True, 12 * 2 + 12 + 24)


@pytest.mark.sqlite
def test_a_locked_database_is_a_fault_that_passes(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path / 'qi.db'}"
    with Store(url) as store, Store(url) as other:
        with store.write() as (connection, _):
            connection.execute(sa.text("UPDATE packets SET name = name"))
            with pytest.raises(PassingError, match="locked"):
                take(other, "p1")
            assert other.packets() == []  # reading goes on meanwhile
        take(other, "p1")


@pytest.mark.sqlite
def test_a_full_disk_is_a_fault_that_passes(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        with database.reading(store.engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        big = facts(form={"text": "x" * 500_000})
        take(store, "p1")
        with pytest.raises(PassingError, match="disk is full"):
            store.save_decision("p1", decision(), facts=big)
        with database.reading(store.engine) as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        store.save_decision("p1", decision(), facts=big)
        assert store.verify_log().ok


@pytest.mark.parametrize(
    ("url", "said"),
    [("nonsense", "SQLAlchemy URL"), ("mysql://x/y", "sqlite or postgresql")],
)
def test_a_url_that_cannot_be_used_is_refused_with_a_remedy(url, said):
    with pytest.raises(UsageError, match=said):
        Store(url)


def test_a_file_that_is_no_database_says_so(tmp_path):
    (tmp_path / "qi.db").write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(InstallationError, match="damaged"):
        Store(f"sqlite:///{tmp_path / 'qi.db'}")


def test_a_database_server_that_is_away_is_a_fault_that_passes():
    with pytest.raises(PassingError, match="away or busy"):
        Store("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")


@pytest.mark.sqlite
def test_a_store_opens_in_a_workspace_that_is_not_there_yet(tmp_path):
    home = tmp_path / "new" / "home"
    with Store.open(Settings(home=home, database_url=f"sqlite:///{home / 'qi.db'}")) as store:
        assert store.packets() == []
    assert (home / "qi.db").is_file()
