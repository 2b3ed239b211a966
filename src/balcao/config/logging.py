"""Logs: one JSON object a line on stderr, with the request's id and without people.

`BALCAO_LOG=console` writes for human eyes instead (what `balcao up` chooses on a terminal).
"""

import os
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = ("ip", "user_agent", "email", "name", "phone", "document")
ROUTINE = re.compile(r"\w+ /(static/|healthz|readyz)")  # asked for without end; only their failing is news
SECRET = re.compile(r"(/acompanhar/voltar/)[^/\s\"']+")  # who reads this address may open a person's demand
AWAY = re.compile(
    r"^django\.db\.utils\.(?:OperationalError|InterfaceError): .*(?:connection|No space left|database system is).*$",
    re.MULTILINE,
)
DETAIL = re.compile(r"^(DETAIL|CONTEXT|QUERY):.*$", re.MULTILINE)


def without_people(logger: object, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop addresses, names and search words; a database error's DETAIL quotes the row, so it goes as well."""
    routine = entry.get("event") == "request_finished" and ROUTINE.match(str(entry.get("request")))
    if routine and entry.get("code", 500) < 400:
        raise structlog.DropEvent
    for key in PERSONAL:
        entry.pop(key, None)
    if isinstance(entry.get("request"), str):
        entry["request"] = entry["request"].partition("?")[0]
    if isinstance(entry.get("exception"), str):
        entry["exception"] = DETAIL.sub(r"\1: (not logged)", entry["exception"])
    for key in ("request", "event", "exception"):
        if isinstance(entry.get(key), str):
            entry[key] = SECRET.sub(r"\1(not logged)", entry[key])
    return entry


def one_line_while_away(logger: object, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A database that is away, or has no room, is said in a line each time: where our code stood tells nothing, and
    fourteen kilobytes for every visitor would fill what is left of the disk."""
    if isinstance(entry.get("exception"), str) and (found := AWAY.findall(entry["exception"])):
        entry["exception"] = found[-1]
    return entry


COMMON: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
    one_line_while_away,
    without_people,
]
CONSOLE = os.environ.get("BALCAO_LOG") == "console"
RENDERER: Any = (
    structlog.dev.ConsoleRenderer(colors=False) if CONSOLE else structlog.processors.JSONRenderer(ensure_ascii=False)
)

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *COMMON,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

_HANDLER = {"handlers": ["stderr"], "propagate": False}
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, RENDERER],
            "foreign_pre_chain": COMMON,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BALCAO_LOG_LEVEL", "WARNING" if CONSOLE else "INFO")},
    "loggers": {
        "django": {**_HANDLER, "level": "WARNING"},
        # On a terminal the answers 4xx, which are the visitor's affair, would drown the sign-ins printed above them.
        "django.request": {**_HANDLER, "level": "ERROR" if CONSOLE else "WARNING"},
        "balcao.requests": {**_HANDLER, "level": os.environ.get("BALCAO_LOG_LEVEL", "ERROR" if CONSOLE else "INFO")},
        "django.server": {**_HANDLER, "level": "WARNING"},
        "procrastinate": {**_HANDLER, "level": "WARNING"},
        "_granian": {**_HANDLER, "level": "WARNING" if CONSOLE else "INFO"},
    },
}
