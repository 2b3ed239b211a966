"""One part of a file: RFC 9110 §13 and §14, as far as browsers use them. Videos on old phones, and a download that
broke off, ask for a part; without it some players show nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)

_ONE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
CHUNK = 65_536  # bytes


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """(first, last) byte of a `Range` header over `size` bytes, both included; None when the whole file is the answer:
    no range, several, or one that says nothing. ValueError when it lies outside (416)."""
    found = _ONE.fullmatch(header.strip()) if len(header) < 100 else None
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        if int(last) == 0 or size == 0:
            raise ValueError("an empty end")
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None  # RFC 9110 §14.1.1: an invalid one is ignored
    if int(first) >= size:
        raise ValueError("past the end")
    return int(first), min(int(last), size - 1) if last else size - 1


def in_part(request: HttpRequest, response: FileResponse, *, size: int, etag: str) -> HttpResponseBase:
    """`response`, which holds a whole file, as this request wants it: not at all (304), a part (206), or whole."""
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or "*" in known:
        return _instead(response, HttpResponseNotModified())
    wanted = request.headers.get("Range", "")
    if not wanted or request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return response
    try:
        part = asked_range(wanted, size)
    except ValueError:
        refused = _instead(response, HttpResponse(status=416))
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    if part is None:
        return response
    first, last = part
    content: IO[bytes] = response.file_to_stream  # type: ignore[assignment]
    content.seek(first)
    partial = StreamingHttpResponse(_Part(content, last - first + 1), status=206)
    for name, value in response.items():
        partial[name] = value
    partial["Content-Range"] = f"bytes {first}-{last}/{size}"
    partial["Content-Length"] = str(last - first + 1)
    return partial


def _instead(response: FileResponse, other: HttpResponse) -> HttpResponse:
    """An answer without the content, under the same rules."""
    for name, value in response.items():
        if name not in ("Content-Length", "Content-Type", "Content-Disposition"):
            other[name] = value
    response.file_to_stream.close()  # type: ignore[union-attr]  # not the response: Django would end the request here
    return other


class _Part:
    """`left` bytes from where `content` stands; Django closes it with the response, read or not."""

    def __init__(self, content: IO[bytes], left: int) -> None:
        self._content, self._left = content, left

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (block := self._content.read(min(CHUNK, self._left))):
            self._left -= len(block)
            yield block

    def close(self) -> None:
        self._content.close()
