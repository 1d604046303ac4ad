"""A reading process that does what the file it is given says: read pages, crash, hang, lie, leave a grandchild.

Started by the pool in place of ``qi_pipeline.reading.worker``; a file's first line is the script.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from qi_pipeline.model import Page, Word
from qi_pipeline.reading.protocol import Answer, Opened, Request, line_of, read_request, read_setup

served = 0


def main() -> None:
    setup = read_setup(sys.stdin.buffer.readline())
    assert setup.engine
    say(Answer(kind="ready"))
    for line in sys.stdin.buffer:
        global served
        request = read_request(line)
        if request.do == "crops":
            crops(request)
            continue
        deed, *words = Path(request.path).read_text(encoding="utf-8").split()
        count = int(words[0]) if words else 1
        if request.do == "open":
            open_file(deed, count)
        else:
            read_pages(deed, request, words)
            served += 1


def open_file(deed: str, count: int) -> None:
    if deed == "crash_on_open":
        os.abort()
    if deed == "encrypted":
        say(Answer(kind="failed", code="encrypted", message="it asks for a password"))
    else:
        say(Answer(kind="opened", opened=Opened(pages=count)))


def read_pages(deed: str, request: Request, words: list[str]) -> None:
    if deed == "too_much" or (deed == "exhausted" and served):
        say(Answer(kind="failed", code="too_large", message="no memory", exhausted=True))
        return
    if deed == "worn_out" and served:
        os.abort()
    if deed in ("swollen", "roomy"):
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        most = int(size * (1.25 if deed == "swollen" else 1.6))
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for number in range(request.first, request.last + 1):
        if len(words) < 2 or number == int(words[1]):
            misbehave(deed, words)
        shown = number + 1 if deed == "wrong_page" else number
        name = "../../etc/passwd" if deed == "wrong_image" else f"{request.stem}-{number}.jpg"
        word = Word(text=f"{deed} {number} by {os.getpid()}", box=(0.1, 0.1, 0.2, 0.2), confidence=1.0)
        Path(request.pages_dir, f"{request.stem}-{number}.jpg").write_bytes(b"picture")
        say(Answer(kind="page", page=Page(number=shown, width=9, height=9, source="ocr", words=(word,), image=name)))
    say(Answer(kind="done"))


def misbehave(deed: str, words: list[str]) -> None:
    if deed == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif deed == "exit":
        raise SystemExit(0)
    elif deed == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    elif deed == "grandchild":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL)
        Path(words[2]).write_text(str(child.pid), encoding="utf-8")
        os.abort()
    elif deed == "garbage":
        sys.stdout.buffer.write(b"\xff\xfe not JSON\n")
        sys.stdout.buffer.flush()
    elif deed == "nan":
        sys.stdout.buffer.write(b'{"kind": "page", "page": {"number": 1, "width": NaN}}\n')
        sys.stdout.buffer.flush()
    elif deed == "flood":
        sys.stdout.buffer.write(b"x" * (70 * 1024 * 1024))
        sys.stdout.buffer.flush()


def crops(request: Request) -> None:
    engines = {True: request.other_engine, False: request.crop_engine}
    read = ((f"{crop.alphabet} by {engines[crop.look == 'other']}", 0.5) for crop in request.crops)
    say(Answer(kind="crops", crops=tuple(read)))


def say(answer: Answer) -> None:
    sys.stdout.buffer.write(line_of(answer))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
