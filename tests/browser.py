"""A real headless Chromium for tests, driven over the DevTools protocol: open, evaluate, press, screenshot, print."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)")

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
_PATIENT: dict[str, Any] = {"open_timeout": None, "ping_interval": None}
"""Of a connection: a busy machine is no reason to give it up. What hangs, the limit of the test ends."""
_KEYS = {
    "ArrowRight": 39,
    "ArrowLeft": 37,
    "Escape": 27,
    "Tab": 9,
    "Enter": 13,
}


class Browser:
    """One page of a running Chromium."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.said: list[str] = []
        """What the page complained of: uncaught exceptions, console errors, refused loads."""
        self._requests: dict[str, str] = {}
        self._loaded: set[str] = set()
        """The loads that came to their end, by the browser's own names of them."""

    @property
    def asked(self) -> list[str]:
        """Every address that the page asked for and that was not refused before it was sent."""
        return list(self._requests.values())

    def forget(self) -> None:
        """Nothing was said or asked so far."""
        self.said.clear()
        self._requests.clear()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to one command of the protocol."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv())
            if message.get("id") == self._number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']['message']}")
                return message["result"]
            self._note(message)

    def open(
        self, page: Path | str, *, width: int = 1280, height: int = 900, scale: float = 1, touch: bool = False
    ) -> Self:
        """Loads a page in a window of that size."""
        self.send("Page.enable")
        self.send("Runtime.enable")
        self.send("Log.enable")
        self.send("Network.enable")
        self.resize(width, height, scale, touch=touch)
        address = page.as_uri() if isinstance(page, Path) else page
        # The load that is waited for is this one: the end of an earlier page's may still be on its way.
        self.send("Page.setLifecycleEventsEnabled", enabled=True)
        load = self.send("Page.navigate", url=address)["loaderId"]
        while load not in self._loaded:
            self._note(json.loads(self._connection.recv()))
        return self

    def resize(self, width: int, height: int, scale: float = 1, *, touch: bool = False) -> None:
        """Gives the window another size; ``touch`` makes it a phone."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=touch
        )

    def without_script(self) -> None:
        """From now on no script of a page runs."""
        self.send("Emulation.setScriptExecutionDisabled", value=True)

    def evaluate(self, expression: str) -> Any:
        """What the expression is in the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description", "the page threw"))
        return answer["result"].get("value")

    def move(self, selector: str) -> None:
        """Moves the mouse over the middle of an element, which is scrolled into sight."""
        x, y = self._middle(selector)
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector: str) -> None:
        """Clicks the middle of an element."""
        x, y = self._middle(selector)
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Presses a key: a name such as ``ArrowRight``, or a character."""
        code = _KEYS.get(key, ord(key[0].upper()))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, text=text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path, *, whole: bool = False) -> Path:
        """A PNG of what is seen, or of the whole page."""
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path

    def pdf(self, path: Path) -> Path:
        """The page as printed, on the paper that its style asks for."""
        answer = self.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path

    def _middle(self, selector: str) -> tuple[float, float]:
        found = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        return found[0], found[1]

    def _note(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.said.append(str(params["exceptionDetails"].get("exception", {}).get("description")))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning"):
                self.said.append(str([each.get("value") for each in params["args"]]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.said.append(params["entry"]["text"])
            case "Page.lifecycleEvent" if params["name"] == "load":
                self._loaded.add(params["loaderId"])
            case "Network.requestWillBeSent":
                self._requests[params["requestId"]] = params["request"]["url"]
            case "Network.loadingFailed" if params.get("blockedReason"):
                self._requests.pop(params["requestId"], None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A fresh Chromium with a profile of its own; it and all it started end with the block."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(prefix="qi-chromium-", ignore_cleanup_errors=True) as profile:
        environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LC_ALL")}
        # Into a file: a pipe that nobody reads stops the browser once it is full.
        with (Path(profile) / "said").open("wb") as said:
            process = subprocess.Popen(
                [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
                stderr=said,
                stdout=subprocess.DEVNULL,
                env=environment | {"HOME": profile},
            )
        try:
            with connect(_page_address(process, Path(profile)), max_size=None, **_PATIENT) as connection:
                yield Browser(connection)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _page_address(process: subprocess.Popen[bytes], profile: Path) -> str:
    """The address of the first page of the browser that was started with the profile."""
    note = profile / "DevToolsActivePort"
    while not (note.exists() and note.read_text(encoding="ascii").count("\n") == 1):
        assert process.poll() is None, (profile / "said").read_text(encoding="utf-8", errors="replace")
        time.sleep(0.05)
    port, path = note.read_text(encoding="ascii").split("\n")
    number = 0
    with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, **_PATIENT) as connection:
        while True:  # the browser answers before it has made its first page
            number += 1
            connection.send(json.dumps({"id": number, "method": "Target.getTargets"}))
            while (message := json.loads(connection.recv())).get("id") != number:
                pass
            for each in message["result"]["targetInfos"]:
                if each["type"] == "page":
                    return f"ws://127.0.0.1:{port}/devtools/page/{each['targetId']}"
            time.sleep(0.05)
