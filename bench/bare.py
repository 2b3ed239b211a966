"""The ceiling of the live stream: a bare ASGI fan-out on the same server, with the same settings and frames.

`python -m bench.bare PORT`. It knows no session, no database, no agency and no way back: `GET /stream/` listens, and
`GET /feed/N/FIRST` tells N events to whoever listens."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

FRAME = 'id: 0.{0}.{0}\nevent: BenchTold\ndata: {{"id": {0}, "kind": "BenchTold", "case_id": null, "at": "{1}"}}\n\n'
AT = "2026-11-22T23:59:59.123456+00:00"
listeners: set[asyncio.Queue[bytes]] = set()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI 3."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    if scope["path"].startswith("/feed/"):
        _, _, count, first = scope["path"].split("/")
        for number in range(int(first), int(first) + int(count)):
            frame = FRAME.format(number, AT).encode()
            for queue in listeners:
                queue.put_nowait(frame)
    elif scope["path"] == "/stream/":
        await _listen(send)
        return
    await send({"type": "http.response.body", "body": b"told\n"})


async def _listen(send: Any) -> None:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    listeners.add(queue)
    await send({"type": "http.response.body", "body": b"event: hello\ndata: {}\n\n", "more_body": True})
    while True:
        frames = [await queue.get()]
        while not queue.empty():
            frames.append(queue.get_nowait())
        await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces

    from balcao.config.server import BACKLOG, BACKPRESSURE, many_files

    many_files()
    Granian(
        "bench.bare:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGINL, workers=1,
        websockets=False, backlog=BACKLOG, backpressure=BACKPRESSURE, workers_kill_timeout=1, log_enabled=False,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
