"""Plain HTTP/1.1 on asyncio for very many talkers in one process: calls on a kept connection, and streams of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any


class Wire:
    """One connection of one talker, from an address of their own on loopback."""

    def __init__(self, port: int, address: str, headers: Mapping[str, str]) -> None:
        self._port, self._address, self._headers = port, address, headers
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._last = ""

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        gone = self._reader is not None and self._reader.at_eof()  # the server let an idle connection go
        if self._reader is None or self._writer is None or self._writer.is_closing() or gone:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(self._address, 0), limit=1 << 20
            )
        return self._reader, self._writer

    async def _ask(self, verb: str, path: str, body: bytes, kind: str, **more: str) -> tuple[int, dict[str, str]]:
        reader, writer = await self._open()
        head = {"Host": f"localhost:{self._port}", **self._headers, **more}
        if verb == "POST":
            head |= {"Content-Length": str(len(body)), "Content-Type": kind}
        lines = [f"{verb} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        first = await reader.readline()
        if not first:
            raise ConnectionError("hung up")
        said = {}
        while line := (await reader.readline()).strip():
            name, _, value = line.decode("latin1").partition(":")
            said[name.lower()] = value.strip()
        return int(first.split()[1]), said

    async def call(self, verb: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, bytes]:
        """(status, body)."""
        status, said = await self._ask(verb, path, body, kind)
        assert self._reader is not None
        if "content-length" in said:
            return status, await self._reader.readexactly(int(said["content-length"]))
        if said.get("transfer-encoding") == "chunked":
            return status, b"".join([piece async for piece in self._chunks()])
        return status, b""

    async def stream(self, path: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """(event, data) of each frame, for as long as it lasts; asked again it goes on where it left off, as a browser
        does. ConnectionError when it does not begin."""
        status, _said = await self._ask("GET", path, b"", "", **({"Last-Event-ID": self._last} if self._last else {}))
        if status != 200:
            raise ConnectionError(f"GET {path}: {status}")
        rest = b""
        async for piece in self._chunks():
            *frames, rest = (rest + piece).split(b"\n\n")
            for frame in frames:
                parts = dict(line.partition(": ")[::2] for line in frame.decode().split("\n"))
                self._last = parts.get("id", self._last)
                if parts.get("event"):
                    yield parts["event"], json.loads(parts["data"])

    async def _chunks(self) -> AsyncIterator[bytes]:
        assert self._reader is not None
        while size := int((await self._reader.readline()).strip() or b"0", 16):
            piece = await self._reader.readexactly(size + 2)
            yield piece[:-2]
        await self._reader.readline()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
