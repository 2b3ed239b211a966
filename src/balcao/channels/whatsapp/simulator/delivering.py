"""Calling the webhook as Meta does: signed, tried again until it is answered with 200, and badly when told to."""

from __future__ import annotations

import hmac
import json
import threading
import time
import urllib.request
from collections import deque
from dataclasses import dataclass
from typing import Any

SECONDS = 10.0


@dataclass
class Faults:
    """What goes wrong on demand. `repeat`: how often each delivery comes. `backwards`: deliveries are held until it is
    switched off, and then come last one first. `too_many`, `broken`: how many further calls are answered with 429, 500.
    `expired`: the token is not taken. `closed`: the 24 hours are over."""

    repeat: int = 1
    backwards: bool = False
    too_many: int = 0
    broken: int = 0
    expired: bool = False
    closed: bool = False


class Courier:
    """Delivers in a thread of its own, in order unless told otherwise."""

    def __init__(self, address: str, secret: str, faults: Faults, wait: float = 1.0) -> None:
        self.address, self.secret, self.faults, self.wait = address, secret, faults, wait
        self.answers: list[int] = []  # what the webhook said, in order; 0: nothing
        self._waiting: deque[dict[str, Any]] = deque()
        self._changed = threading.Condition()
        self._busy = self._stopped = False
        threading.Thread(target=self._run, daemon=True, name="courier").start()

    def hand(self, payload: dict[str, Any]) -> None:
        with self._changed:
            self._waiting.append(payload)
            self._changed.notify_all()

    def turned(self) -> None:
        """The faults were changed: what was held comes now, last one first."""
        with self._changed:
            if not self.faults.backwards and len(self._waiting) > 1:
                self._waiting.reverse()
            self._changed.notify_all()

    def idle(self, seconds: float) -> bool:
        """Wait until everything was delivered, at most so long; whether it was."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or (self._waiting and not self.faults.backwards))
                if self._stopped:
                    return
                payload, self._busy = self._waiting.popleft(), True
            done = all([self._once(payload) == 200 for _time in range(max(1, self.faults.repeat))])
            with self._changed:
                if not done:
                    self._waiting.appendleft(payload)
                self._busy = False
                self._changed.notify_all()
            if not done:
                time.sleep(self.wait)

    def _once(self, payload: dict[str, Any]) -> int:
        body = json.dumps(payload, ensure_ascii=False).encode()
        signature = hmac.digest(self.secret.encode(), body, "sha256").hex()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        request = urllib.request.Request(self.address, body, headers, method="POST")  # noqa: S310 - the operator's own
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        self.answers.append(status)
        return status
