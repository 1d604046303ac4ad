"""Intake and records killed at the n-th touch of disk or database, for every n: one decision, nothing lost."""

import itertools
import os
import signal
import time

import sqlalchemy as sa

from qi_pipeline.intake import claims, disk, inbox
from qi_pipeline.intake.packet import open_packet
from qi_pipeline.policy import default_policy
from qi_pipeline.records.store import Store
from qi_pipeline.settings import Settings
from records_cases import DAY, decision, entry, facts

LIMITS = default_policy().limits


def run(settings: Settings, touch) -> None:
    """Take, open, decide and archive whatever there is, as the pipeline does; ``touch`` is called at every door."""
    with Store.open(settings) as store:
        sa.event.listen(store.engine, "commit", touch)
        mine = claims.recover(settings)
        for candidate in inbox.scan(settings, time.time() + 1).ready:
            claim = claims.claim(settings, candidate, time.time())
            if claim is not None:
                mine.append(claim)
        for claim in mine:
            contents = open_packet(claim.path, LIMITS, settings.work / "originals")
            known = store.register_packet(
                packet_id=claim.id,
                name=claim.packet,
                content_hash=contents.content_hash,
                taken_at=claim.taken_at,
                as_of=DAY,
            )
            if not known.duplicate:
                store.save_decision(claim.id, decision(), facts=facts(), entry=entry())
            store.save_place(claim.id, str(claim.destination("archive")))  # before the claim is over, or nobody would
            claim.finish_archive()
            touch()


def killed_at(number: int, settings: Settings) -> bool:
    """Whether a process of its own was killed at its ``number``-th touch."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL)
        return status != 0
    count = itertools.count(1)

    def touch(*_: object) -> None:
        if next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def door(plain):
        def opened(*arguments):
            touch()
            return plain(*arguments)

        return opened

    for name in ("rename", "sync_folder", "sync_file"):
        setattr(disk, name, door(getattr(disk, name)))
    try:
        run(settings, touch)
    except BaseException:  # noqa: BLE001 - the border of the child process
        os._exit(70)
    os._exit(0)


def test_killed_at_any_touch_every_packet_gets_one_decision_and_is_archived_whole(tmp_path):
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'qi.db'}", settle_seconds=0)
    inbox.prepare(settings)
    number, killed = 0, True
    while killed:
        number += 1
        folder = settings.inbox / f"wx-{number}"
        folder.mkdir()
        (folder / "cma.pdf").write_bytes(b"%%PDF %d" % number)
        again = settings.inbox / f"again-{number}"
        again.mkdir()
        (again / "cma.pdf").write_bytes(b"%%PDF %d" % number)
        killed = killed_at(number, settings)
        run(settings, lambda *_: None)
        for name in (f"wx-{number}", f"again-{number}"):
            [place] = settings.archive.glob(f"*/{name}")
            assert (place / "cma.pdf").read_bytes() == b"%%PDF %d" % number, f"after touch {number}"
        assert list(settings.inbox.iterdir()) == []
        assert list((settings.work / "claims").iterdir()) == []
    with Store.open(settings) as store:
        rows = store.packets()
        assert len(rows) == number
        for row in rows:
            assert row.state == "decided"
            assert row.archived is not None
            assert (settings.home / row.archived).is_dir()
            assert [event.kind for event in store.events_of(row.id)] == ["packet.taken", "decision.made"]
        check = store.verify_log()
    # taken, decided and entered for each packet, and one duplicate of each
    assert (check.ok, check.count) == (True, 4 * number)
    assert number > 30
