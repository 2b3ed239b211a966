"""How answers travel: XML and JSON of one structure, and the errors of GeoReport v2 in either.

A structure is a dict or a list of dicts. In XML a list's items are named by ITEMS; in JSON a list is a bare array. What
is empty is an empty element, or null."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpResponse

FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# XML 1.0 § 2.2 has no place for these, not even escaped.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Problem(Exception):
    """What is wrong with a call: one or more sentences under one code (400, 403, 404, 429)."""

    def __init__(self, code: int, *sentences: str) -> None:
        super().__init__(f"{code}: {'; '.join(sentences)}")
        self.code, self.sentences = code, sentences


def answer(form: str, root: str, content: Any, status: int = 200) -> HttpResponse:
    """`content` in the format `form` ("xml" or "json"); `root` names it in XML."""
    if form == "json":
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate has no UTF-8.
        data = body.encode("utf-8", "replace")
    else:
        data = ('<?xml version="1.0" encoding="utf-8"?>\n' + _element(root, content)).encode()
    response = HttpResponse(data, status=status, content_type=FORMATS[form])
    response["Access-Control-Allow-Origin"] = "*"  # public data, and no cookie is read here
    return response


def errors(form: str, code: int, sentences: Sequence[str]) -> HttpResponse:
    """`errors/error{code, description}`; the HTTP status is the code."""
    return answer(form, "errors", [{"code": code, "description": s} for s in sentences], status=code)


def _element(name: str, value: Any) -> str:
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, dict):
        inner = "".join(_element(key, part) for key, part in value.items())
    elif isinstance(value, list):
        inner = "".join(_element(ITEMS[name], part) for part in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(_NOT_XML.sub("", str(value)))
    return f"<{name}>{inner}</{name}>"
