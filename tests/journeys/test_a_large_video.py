"""A video of 100 MB in the web chat: the page says at once that it is too large and sends none of it; whoever sends it
all the same is refused in a sentence, and the server takes it neither into its memory nor into its files."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house import House
from tests.journeys.steps import say

pytestmark = pytest.mark.browser
MB = 1024 * 1024
WHOLE = 100 * MB
HEAD = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"
TOO_LARGE = "This file is larger than 25 MB. Please send a smaller one, or a photo instead of a video."
CHAT = "/chat/vila-serena/"


def test_the_page_says_so_at_once_and_sends_nothing(visit, tmp_path):
    video, sent = tmp_path / "festa.mp4", []
    with video.open("wb") as file:
        file.write(HEAD)
        file.truncate(WHOLE)
    page = visit("phone")
    page.goto(CHAT)
    page.get_by_role("button", name=say("Start the conversation")).click()
    page.get_by_text("Como você se chama?").wait_for()
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("input[type=file]").set_input_files(video)
    page.get_by_role("alert").filter(has_text=say(TOO_LARGE)).wait_for()
    assert sent == []


def test_who_sends_it_all_the_same_is_refused_and_nothing_grows(house):
    processes, before = our_processes(house), kept(house)
    marks = [forget_peak(one) for one in processes]
    status, told = sends(house, WHOLE)
    assert status == 400 and "25 MB" in told["sentence"]
    assert kept(house) == before
    if sys.platform == "linux":
        assert processes
        grown = [peak(one) - mark for one, mark in zip(processes, marks, strict=True)]
        assert max(grown) < 40 * MB, "it lies on the disk while it comes, and never in the memory"


def sends(house: House, size: int) -> tuple[int, dict[str, Any]]:
    """A form with one file of so many bytes, as a program sends it: never more of it in hand than a piece."""
    line = "--an-edge"
    head = (
        f'{line}\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nclient-{size:012}\r\n'
        f'{line}\r\nContent-Disposition: form-data; name="files"; filename="festa.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode() + HEAD
    tail = f"\r\n{line}--\r\n".encode()
    post = http.client.HTTPConnection(house.url.removeprefix("http://"), timeout=120)
    with contextlib.closing(post):
        post.putrequest("POST", f"{CHAT}send/")
        post.putheader("Authorization", f"Bearer {'v' * 43}")
        post.putheader("Content-Type", "multipart/form-data; boundary=an-edge")
        post.putheader("Content-Length", str(len(head) + size - len(HEAD) + len(tail)))
        post.endheaders(head)
        left, piece = size - len(HEAD), bytes(256 * 1024)
        while left:
            post.send(piece[: min(left, len(piece))])
            left -= min(left, len(piece))
        post.send(tail)
        answer = post.getresponse()
        return answer.status, json.loads(answer.read())


def kept(house: House) -> set[Path]:
    return {path for path in (house.data / "files").rglob("*") if path.is_file()}


def our_processes(house: House) -> list[int]:
    """Those of the house but its database's: whichever of them serves the pages, none may grow."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            theirs = str(house.data).encode() in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            if theirs and "postgres" not in (folder / "comm").read_text():
                found.append(int(folder.name))
    return found


def forget_peak(pid: int) -> int:
    """Bytes that the process has now; its peak is counted from here on."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _status(pid, "VmRSS")


def peak(pid: int) -> int:
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0
