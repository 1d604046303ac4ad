"""Input tables as spreadsheet programs make them: encodings, separators, headings, dates, and bad rows named."""

import re
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from qi_pipeline.errors import UsageError
from qi_pipeline.records import history, roster
from qi_pipeline.records.credit_lists import read_credit_list
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables_in import ColumnSpec, Problems, read_table
from records_cases import DAY, OTHER, USCC, Database

COLUMNS = (ColumnSpec(name="uscc", aliases=("统一社会信用代码",)), ColumnSpec(name="name", required=False))
INSTITUTIONS = (
    "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,licence_valid_to"
)
SIXTH, MAY_DAY = datetime(2026, 1, 6), datetime(2024, 5, 1)  # noqa: DTZ001 - workbooks know no zones
QUALIFICATIONS = "uscc,kind,number,issuing_authority,valid_from,valid_to,services"


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request, tmp_path):
    made = Database(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def store(base):
    with Store(base.url) as opened:
        yield opened


def written(folder, name: str, text: str, encoding: str = "utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder, name: str, rows: list[list[object]]):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def rows_of(path, columns=COLUMNS) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    problems = Problems(path.name)
    return list(read_table(path, columns, problems)), problems.said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_encodings_and_separators_are_told_by_the_file(tmp_path, encoding, separator):
    text = f"uscc{separator}name\r\nA{separator}无锡检测有限公司\r\n"
    assert rows_of(written(tmp_path, "t.csv", text, encoding)) == ([(2, ["A", "无锡检测有限公司"])], [])


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path):
    path = written(tmp_path, "t.csv", 'uscc,name\nA,"two\nlines"\n\n , \nB,x\n')
    assert rows_of(path) == ([(2, ["A", "two\nlines"]), (5, ["B", "x"])], [])


def test_columns_come_in_any_order_under_any_of_their_headings(tmp_path):
    path = written(tmp_path, "t.csv", "备注,Name, 统一社会信用代码 \nx,甲,A\n")
    assert rows_of(path) == ([(2, ["A", "甲"])], [])
    assert rows_of(written(tmp_path, "t.csv", "uscc\nA\n")) == ([(2, ["A", ""])], [])


def test_a_row_of_another_width_is_bad_unless_its_rest_is_empty(tmp_path):
    path = written(tmp_path, "t.csv", "uscc,name\nA\nB,b,,\nC,c,d\n")
    rows, bad = rows_of(path)
    assert rows == [(2, ["A", ""]), (3, ["B", "b"])]
    assert [number for number, _ in bad] == [4]


def test_a_workbook_gives_text_and_dates(tmp_path):
    path = workbook(
        tmp_path,
        "t.xlsx",
        [["uscc", "name", None], ["A", date(2026, 1, 5)], ["B", SIXTH], [None, None], [220010, 1.5]],
    )
    assert rows_of(path)[0] == [(2, ["A", "2026-01-05"]), (3, ["B", "2026-01-06"]), (5, ["220010", "1.5"])]


def test_a_code_that_a_spreadsheet_made_a_number_has_lost_its_end(tmp_path):
    path = workbook(tmp_path, "t.xlsx", [["uscc", "name"], [913202000000000017, "甲"], ["B", "乙"]])
    rows, bad = rows_of(path)
    assert rows == [(3, ["B", "乙"])]
    assert bad[0][0] == 2
    assert "15 digits" in bad[0][1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        ("uscc\nA".encode("utf-16"), "UTF-16"),
        (b"uscc\n\xff\xff\xff\n", "neither UTF-8 nor GB 18030"),
        (b"PK\x03\x04not a workbook", "not a readable XLSX"),
        (b"code,name\nA,b\n", "row 1: no column 'uscc'"),
        (b"", "no column 'uscc'"),
        (b"uscc,uscc\nA,A\n", "stands twice"),
        (b'uscc,name\nA,"b" c\n', "line 2"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path, data, said):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=said):
        rows_of(path)


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.csv"):
        rows_of(tmp_path / "none.csv")


def test_a_public_list_is_read_under_the_headings_of_its_exports(tmp_path):
    path = written(
        tmp_path,
        "异常名录.csv",
        "序号,企业名称,统一社会信用代码,列入日期,列入经营异常名录原因,移出日期\n"
        f"1,甲公司,{USCC.lower()},2025年3月1日,未按规定公示年报,2025/9/1\n2,乙公司,{OTHER},2026-01-02,地址失联,\n",
        "gb18030",
    )
    first, second = read_credit_list(path, "abnormal")
    assert (first.uscc, first.name, first.reason) == (USCC, "甲公司", "未按规定公示年报")
    assert (first.listed_on, first.removed_on) == (date(2025, 3, 1), date(2025, 9, 1))
    assert (second.listed_on, second.removed_on) == (date(2026, 1, 2), None)


def test_every_bad_row_of_a_list_is_named_and_nothing_is_taken(tmp_path):
    path = written(
        tmp_path,
        "v.csv",
        "uscc,name,listed_on,removed_on,reason\n"
        f"123,甲,2025-01-01,,x\n{USCC},甲,2025-02-30,,x\n{USCC},甲,2025-01-01,soon,x\n"
        f"{USCC},甲,2025-01-02,2025-01-01,x\n{USCC},甲,2025-01-01,,x\n{USCC},甲,,,x\n",
    )
    with pytest.raises(UsageError) as caught:
        read_credit_list(path, "violations")
    said = str(caught.value).splitlines()
    assert said[0].startswith("5 bad rows")
    assert [line.split(": ")[1] for line in said[1:]] == ["row 2", "row 3", "row 4", "row 5", "row 7"]


def institution_row(uscc: str = USCC, **changed: str) -> str:
    values = {
        "uscc": uscc,
        "name": "无锡甲检测有限公司",
        "category": "inspection_testing",
        "legal_representative": "王小明",
        "address": "无锡市梁溪区一号",
        "admitted_on": "2024-05-01",
        "profile_completed_on": "2024-05-10",
        "last_audit_on": "",
        "licence_valid_to": "",
    }
    return ",".join({**values, **changed}.values())


def qualification_row(uscc: str = USCC, **changed: str) -> str:
    values = {
        "uscc": uscc,
        "kind": "cma_certificate",
        "number": "221020340350",
        "issuing_authority": "江苏省市场监督管理局",
        "valid_from": "2023-01-01",
        "valid_to": "2028-12-31",
        "services": "食品检测;饮料检测",
    }
    return ",".join({**values, **changed}.values())


def load(store: Store, folder, institutions: list[str] | None, qualifications: list[str] | None, on: date = DAY):
    tables = []
    for name, header, rows in (("i.csv", INSTITUTIONS, institutions), ("q.csv", QUALIFICATIONS, qualifications)):
        tables.append(None if rows is None else written(folder, name, "\n".join([header, *rows, ""])))
    return store.import_roster(*tables, on=on)


def test_a_roster_makes_active_institutions_with_their_certificates(store, tmp_path):
    done = load(
        store,
        tmp_path,
        [institution_row(), institution_row(OTHER, licence_valid_to="2030-01-01", category="计量")],
        [
            qualification_row(),
            qualification_row(number="2", valid_to="", services="饮料检测；水质检测"),
            qualification_row(OTHER, services=""),
        ],
    )
    assert (done.institutions_added, done.qualifications_added, done.warnings) == (2, 3, ())
    first, second = store.institutions()
    assert (first.state, first.admitted_on, first.licence_valid_to) == ("active", date(2024, 5, 1), None)
    assert (second.category, second.licence_valid_to, second.qualification_count) == ("metrology", date(2030, 1, 1), 1)
    snapshot = store.registry_snapshot(USCC, DAY)
    assert [(each.number, each.valid_to, each.services) for each in snapshot.qualifications] == [
        ("221020340350", date(2028, 12, 31), ("食品检测", "饮料检测")),
        ("2", None, ("饮料检测", "水质检测")),
    ]
    assert store.registry_snapshot(USCC, date(2024, 5, 1)).state == "active"
    assert store.registry_snapshot(USCC, date(2024, 4, 30)).state is None


def covered(store: Store) -> dict[str, date]:
    with store.write() as (connection, _):
        rows = connection.exec_driver_sql("SELECT name, covered_to FROM services ORDER BY name").all()
    return {name: date.fromisoformat(str(day)) for name, day in rows}


def test_a_service_is_covered_to_the_last_day_of_any_of_its_certificates(store, tmp_path, monkeypatch):
    rows = [
        qualification_row(number="1", valid_to="2027-01-01", services="甲"),
        qualification_row(number="2", valid_to="2029-01-01", services="甲;乙"),
        qualification_row(number="3", valid_to="2026-01-01", services="乙"),
    ]
    monkeypatch.setattr(roster, "_PART", 1)  # every row in a chunk of its own
    load(store, tmp_path, [institution_row()], rows)
    assert covered(store) == {"甲": date(2029, 1, 1), "乙": date(2029, 1, 1)}
    load(store, tmp_path, None, [qualification_row(number="2", valid_to="2026-06-01", services="甲;乙")])
    assert covered(store) == {"甲": date(2027, 1, 1), "乙": date(2026, 6, 1)}
    load(store, tmp_path, None, [qualification_row(number="4", valid_to="", services="乙;丙")])
    assert covered(store) == {"甲": date(2027, 1, 1), "乙": date.max, "丙": date.max}
    assert store.institution(USCC).qualification_count == 4


def test_loading_again_updates_and_keeps_what_held_before(store, tmp_path):
    load(store, tmp_path, [institution_row()], [qualification_row()], on=date(2026, 1, 1))
    again = load(store, tmp_path, [institution_row()], [qualification_row()], on=date(2026, 2, 1))
    assert (again.institutions_changed, again.qualifications_changed, again.qualifications_added) == (0, 0, 0)
    done = load(
        store,
        tmp_path,
        [institution_row(name="无锡乙检测有限公司", last_audit_on="2026-02-20")],
        [qualification_row(valid_to="2034-12-31"), qualification_row(valid_from="2026-03-01", valid_to="2031-12-31")],
        on=date(2026, 3, 1),
    )
    assert (done.institutions_changed, done.qualifications_changed, done.qualifications_added) == (1, 1, 1)
    before, after = (store.registry_snapshot(USCC, day) for day in (date(2026, 2, 28), date(2026, 3, 1)))
    assert (before.name, after.name) == ("无锡甲检测有限公司", "无锡乙检测有限公司")
    assert [each.valid_to for each in before.qualifications] == [date(2028, 12, 31)]
    assert [each.valid_to for each in after.qualifications] == [date(2034, 12, 31), date(2031, 12, 31)]
    assert store.institution(USCC).last_audit_on == date(2026, 2, 20)
    assert store.verify_log().ok


def test_every_bad_row_is_named_and_nothing_is_imported(store, tmp_path):
    bad_institutions = [
        institution_row(),
        institution_row("91320200"),
        institution_row(OTHER, name=""),
        institution_row(OTHER, category="astrology"),
        institution_row(OTHER, admitted_on=""),
        institution_row(OTHER, licence_valid_to="2026-13-01"),
        institution_row(name="another name"),
    ]
    bad_qualifications = [
        qualification_row(),
        qualification_row("91320200MA1X0003XK"),
        qualification_row(kind="driving_licence"),
        qualification_row(kind="commitment_letter"),
        qualification_row(number="5", valid_to="2022-12-31"),
        qualification_row(number="6", valid_from="yesterday"),
        qualification_row(valid_to="2029-12-31"),
    ]
    with pytest.raises(UsageError) as caught:
        load(store, tmp_path, bad_institutions, bad_qualifications)
    said = str(caught.value).splitlines()
    assert said[0].startswith("12 bad rows, nothing was imported")
    assert [line.split(": ")[:2] for line in said[1:]] == [
        [name, f"row {number}"] for name in ("i.csv", "q.csv") for number in range(3, 9)
    ]
    assert store.institutions() == []
    assert store.events_of("roster") == []


def test_the_same_row_twice_is_one_row(store, tmp_path):
    done = load(store, tmp_path, [institution_row()] * 2, [qualification_row()] * 2)
    assert (done.institutions_added, done.qualifications_added) == (1, 1)


def test_a_certificate_of_an_institution_already_in_the_register_is_taken(store, tmp_path):
    load(store, tmp_path, [institution_row()], None)
    assert load(store, tmp_path, None, [qualification_row()]).qualifications_added == 1
    with pytest.raises(UsageError, match="neither in the roster nor in the register"):
        load(store, tmp_path, None, [qualification_row(OTHER)])


def test_a_wrong_check_digit_is_told_and_taken(store, tmp_path):
    wrong = USCC[:-1] + ("A" if USCC[-1] != "A" else "B")
    done = load(store, tmp_path, [institution_row(wrong)], None)
    assert done.institutions_added == 1
    assert "check digit" in done.warnings[0]
    assert "row 2" in done.warnings[0]


def test_a_roster_does_not_bring_back_who_has_left(store, tmp_path):
    load(store, tmp_path, [institution_row(), institution_row(OTHER)], [qualification_row()])
    with store.write() as (connection, _):
        connection.exec_driver_sql(f"UPDATE institutions SET state = 'deregistered' WHERE uscc = '{USCC}'")
    before = store.institution(USCC)
    other = institution_row(OTHER, address="无锡市新吴区某某路1号")
    moved = institution_row(name="无锡乙检测有限公司", admitted_on="2026-11-01", last_audit_on="2026-11-02")
    done = load(store, tmp_path, [moved, other], [qualification_row(number="9"), qualification_row(OTHER, number="8")])
    assert store.institution(USCC) == before  # admitted_on, last_audit_on, name, certificates: as it left
    assert store.institution(OTHER).address == "无锡市新吴区某某路1号"
    assert (done.institutions_changed, done.qualifications_added) == (1, 1)
    assert (done.institutions_left, done.qualifications_left) == (1, 1)
    assert len(done.warnings) == 1
    assert f"2 rows name institutions that have left: {USCC} (deregistered)" in done.warnings[0]
    assert "new application" in done.warnings[0]
    again = load(store, tmp_path, None, [qualification_row(number="9")])
    assert (again.qualifications_left, again.qualifications_added) == (1, 0)


def test_changes_after_an_import_look_at_what_it_added_alone(store, tmp_path):
    load(store, tmp_path, [institution_row()], [qualification_row()], on=date(2026, 1, 1))
    load(store, tmp_path, None, [qualification_row(number="2")], on=date(2026, 2, 1))
    load(store, tmp_path, None, [qualification_row(number="2"), qualification_row(number="3")], on=date(2026, 2, 1))
    about = [(each.about, each.state) for each in history.read(store.engine, USCC)[1]]
    assert about == [("cma_certificate 2", "noticed"), ("cma_certificate 3", "noticed")]


def test_a_formula_counts_by_its_value_and_is_refused_without_one(tmp_path):
    path = workbook(tmp_path, "t.xlsx", [["uscc", "name"], ["A", "=1+1"], ["B", ""], ["C", "乙"]])
    assert rows_of(path) == (
        [(3, ["B", ""]), (4, ["C", "乙"])],
        [(2, "a formula without its value; open the table in a spreadsheet program and save it there")],
    )
    computed = tmp_path / "computed.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(computed, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"</f><v\s*/>|</f><v></v>", b"</f><v>2</v>", old.read(name)))
    assert rows_of(computed) == ([(2, ["A", "2"]), (3, ["B", ""]), (4, ["C", "乙"])], [])


def test_a_nul_character_is_a_bad_row_on_every_database(store, tmp_path):
    row = f"{USCC},甲,metrology,张,无锡,2026-01-05,,,"
    table = written(tmp_path, "i.csv", f"{INSTITUTIONS}\n{row}\n{OTHER},乙\0丙,metrology,李,无锡,2026-01-05,,,\n")
    with pytest.raises(UsageError, match=r"i.csv: row 3: a NUL character"):
        store.import_roster(table, None, on=DAY)


def test_a_workbook_roster_loads_like_a_csv(store, tmp_path):
    header = INSTITUTIONS.split(",")
    row = [USCC, "无锡甲检测有限公司", "检验检测", "王", "无锡", MAY_DAY, None, None, date(2030, 1, 1)]
    table = workbook(tmp_path, "i.xlsx", [header, row])
    store.import_roster(table, None, on=DAY)
    known = store.institution(USCC)
    assert (known.admitted_on, known.licence_valid_to) == (date(2024, 5, 1), date(2030, 1, 1))


def test_rows_after_an_import_are_numbered_on(store, tmp_path):
    load(store, tmp_path, [institution_row()], [qualification_row()])
    load(store, tmp_path, [institution_row(OTHER)], [qualification_row(OTHER)])
    with store.write() as (connection, _):
        connection.exec_driver_sql(
            "INSERT INTO leftovers (institution, text, opened_on) SELECT id, 'x', '2026-01-01' FROM institutions"
        )
        connection.exec_driver_sql(
            "INSERT INTO institutions"
            " (uscc, name, legal_representative, address, state, licence_valid_to, held_from, source)"
            " VALUES ('91320200MA1X0004X8', 'x', '', '', 'active', '9999-12-31', '2026-01-01', 'x')"
        )
    assert len(store.institutions()) == 3


def test_an_import_leaves_indexes_and_triggers_as_it_found_them(base, store, tmp_path):
    def made() -> set[tuple[str, ...]]:
        with store.write() as (connection, _):
            if base.kind == "sqlite":
                query = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE type IN ('index', 'trigger')"
            else:
                query = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
            return {tuple(" ".join(each.split()) for each in row) for row in connection.exec_driver_sql(query)}

    before = made()
    load(store, tmp_path, [institution_row()], [qualification_row(number=str(number)) for number in range(40)])
    assert made() == before
    with pytest.raises(UsageError):
        load(store, tmp_path, [institution_row(OTHER)], [qualification_row(OTHER, kind="none")])
    assert made() == before
    assert [row.uscc for row in store.institutions()] == [USCC]


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18))
def test_the_check_character_is_judged_as_by_the_standard(code):
    try:
        right = uscc.calc_check_digit(code[:17]) == code[17]
    except ValueError:
        right = False  # a letter that the standard does not use
    assert roster.checks(code) is right
    if right:
        assert not any(
            roster.checks(code[:17] + other) for other in "0123456789ABCDEFGHJKLMNPQRTUWXY" if other != code[17]
        )


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_a_code_with_its_check_character_passes(body):
    assert roster.checks(body + uscc.calc_check_digit(body))


def test_rows_in_any_order_in_parts_of_any_size_make_the_same_register(tmp_path, monkeypatch):
    rows = [
        qualification_row(code, number=str(number), valid_to=f"20{27 + number}-01-01", services=services)
        for number, services in enumerate(("甲", "甲;乙", "乙", "", "丙;甲"))
        for code in (USCC, OTHER)
    ]
    found = []
    for part, order in ((20_000, rows), (1, rows), (3, rows[::-1])):
        monkeypatch.setattr(roster, "_PART", part)
        folder = tmp_path / f"{part}"
        folder.mkdir()
        with Store(f"sqlite:///{folder / 'qi.db'}") as store:
            load(store, folder, [institution_row(), institution_row(OTHER)], order)
            with store.write() as (connection, _):
                asked = "SELECT institution, name, covered_to FROM services"
                services_ = sorted(connection.exec_driver_sql(asked).all())  # a server's collation is its own
                asked = "SELECT uscc, qualification_count, holds_from, holds_to FROM institutions ORDER BY uscc"
                found.append((services_, connection.exec_driver_sql(asked).all()))
    assert found[0] == found[1] == found[2]
    # Dates come as text from SQLite and as dates from PostgreSQL: the statement is the test's own.
    assert [str(row[2]) for row in found[0][0]] == ["2031-01-01", "2029-01-01", "2031-01-01"] * 2


def test_another_row_of_a_certificate_is_named_across_parts(store, tmp_path, monkeypatch):
    monkeypatch.setattr(roster, "_PART", 2)
    rows = [qualification_row(number=str(number)) for number in range(5)]
    with pytest.raises(UsageError) as caught:
        load(
            store, tmp_path, [institution_row()], [*rows, rows[0], qualification_row(number="1", valid_to="2031-01-01")]
        )
    assert [line for line in str(caught.value).splitlines() if "row 8" in line] == [
        "q.csv: row 8: the same certificate stands in row 3 with other values"
    ]
    assert "row 7" not in str(caught.value)
    assert load(store, tmp_path, [institution_row()], [*rows, rows[0]]).qualifications_added == 5
