"""``export calendar``: an iCalendar file by RFC 5545, read back here by a small parser of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from console_cases import fill
from nightly_cases import POLICY, Roster
from qi_pipeline.cli.main import main
from qi_pipeline.records import database
from qi_pipeline.records.store import Store
from qi_pipeline.reports.calendar import calendar_text, uid
from qi_pipeline.residency.outlook import Ahead, ahead
from records_cases import Database

AS_OF = date(2026, 11, 22)


def parsed(data: bytes) -> list[dict[str, str]]:
    """The events, after checking every line of the file by sections 3.1, 3.4 and 3.6.1 of RFC 5545."""
    assert data.endswith(b"\r\n")
    physical = data[:-2].split(b"\r\n")
    for line in physical:
        assert len(line) <= 75
        assert b"\r" not in line
        assert b"\n" not in line
        line.decode()  # folded between characters, never inside one
    logical: list[str] = []
    for line in physical:
        if line.startswith(b" "):
            logical[-1] += line[1:].decode()
        else:
            logical.append(line.decode())
    assert logical[0] == "BEGIN:VCALENDAR"
    assert logical[-1] == "END:VCALENDAR"
    assert [line for line in logical if line.startswith("VERSION:")] == ["VERSION:2.0"]
    assert sum(line.startswith("PRODID:") for line in logical) == 1
    assert "VALARM" not in "".join(logical)
    events: list[dict[str, str]] = []
    inside = False
    for line in logical[1:-1]:
        name, colon, value = line.partition(":")
        assert colon
        assert all(character >= " " for character in line)
        if line == "BEGIN:VEVENT":
            assert not inside
            events.append({})
            inside = True
        elif line == "END:VEVENT":
            inside = False
        elif inside:
            assert name not in events[-1]
            events[-1][name] = value
    assert not inside
    return events


def unescaped(text: str) -> str:
    found, characters = "", iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters)
            assert escaped in "\\;,nN"
            found += "\n" if escaped in "nN" else escaped
        else:
            assert character not in ";,"
            found += character
    return found


def of(*entries: Ahead) -> bytes:
    return "".join(calendar_text(entries, as_of=AS_OF, platform="平台", lang="zh")).encode()


def entry(**changed: object) -> Ahead:
    given = {"day": AS_OF, "what": "licence_ends", "uscc": "9132", "name": "甲", "key": "9132", "clause": "5.1"}
    return Ahead(**{**given, **changed})  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as opened:
        yield opened
    base.close()


def test_every_line_is_short_and_every_text_survives() -> None:
    names = ["甲" * 40, "a;b,c\\d\ne", "x" * 200, "\x1b[31m红\x07", "表\r\n二", "𠀀" * 30, ""]
    events = parsed(of(*(entry(name=name, key=str(place)) for place, name in enumerate(names))))
    shown = [unescaped(event["SUMMARY"]).partition("：")[2] for event in events]
    assert shown == ["甲" * 40, "a;b,c\\d\ne", "x" * 200, "[31m红", "表\n二", "𠀀" * 30, "9132"]


def test_events_are_whole_days_with_what_a_program_needs() -> None:
    (event,) = parsed(of(entry(day=date(2026, 12, 31), detail="CNAS L1234", kind="cnas_certificate")))
    assert event["DTSTART;VALUE=DATE"] == "20261231"
    assert event["DTEND;VALUE=DATE"] == "20270101"
    assert event["DTSTAMP"] == "20261122T000000Z"
    assert event["UID"].endswith("@qi-pipeline")
    assert unescaped(event["DESCRIPTION"]) == "甲\n9132\nCNAS 认可证书 CNAS L1234\n条款 5.1"


def test_an_entry_keeps_its_uid_when_its_day_moves_and_no_two_share_one() -> None:
    first = entry()
    assert uid(first) == uid(entry(day=AS_OF + timedelta(days=9), name="乙"))
    others = [entry(key="9133"), entry(what="annual_audit"), entry(what="certificate_ends")]
    assert len({uid(each) for each in [first, *others]}) == 4


def test_what_is_owed_and_what_ends_stands_in_the_calendar(store: Store) -> None:
    fill(store)
    with database.reading(store.engine) as connection:
        found = ahead(connection, AS_OF, date(2028, 12, 31), POLICY.residency)
    assert [(str(each.day), each.what, each.detail) for each in found] == [
        ("2026-11-05", "notify_applicant", "wx-2"),  # overdue, and still owed
        ("2026-11-16", "complete_profile", ""),
        ("2026-11-25", "notify_applicant", "wx-3"),
        ("2027-11-02", "annual_audit", ""),
        ("2028-12-31", "certificate_ends", "221020340350"),
    ]
    with database.reading(store.engine) as connection:
        assert ahead(connection, AS_OF, date(2028, 12, 30), POLICY.residency) == found[:-1]
        assert ahead(connection, date(2029, 1, 1), date(2029, 12, 31), POLICY.residency)[-1].what != "certificate_ends"


def test_a_deregistration_stands_ahead_until_a_renewal_comes(tmp_path: Path) -> None:
    roster = Roster(tmp_path)
    uscc = roster.institution(1)
    roster.certificate(uscc, "2026-11-10")
    roster.night("2026-11-22")

    def days() -> list[str]:
        with database.reading(roster.store.engine) as connection:
            found = ahead(connection, AS_OF, date(2026, 12, 31), POLICY.residency)
        return [str(each.day) for each in found if each.what == "deregisters"]

    assert days() == ["2026-12-11"]  # the day after its end, and thirty days of grace
    roster.certificate(uscc, "2029-11-10", number="B2", on=AS_OF)
    assert days() == []
    roster.store.close()


def test_the_same_state_gives_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        fill(store)
    written = []
    for name in ("a.ics", "b.ics"):
        command = ["export", "calendar", "--as-of", "2026-11-22", "--days", "800", "--out", str(tmp_path / name)]
        assert main(command) == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    events = parsed(written[0])
    assert len(events) == len({event["UID"] for event in events}) == 5
    assert "b.ics: 5 events" in capsys.readouterr().err
