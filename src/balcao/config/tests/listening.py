"""Somebody who listens to a stream of events, without a network: what the server sends is kept."""

import asyncio

from django.db import connections


class Listener:
    """`async with`: it listens from the first bytes on. `scope` is the request's (ASGI)."""

    def __init__(self, app, scope):
        self.app, self.scope, self.sent, self.leave = app, scope, [], asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.app(self.scope, self._receive, self._send))
        await self.until(lambda: len(self.sent) > 1)
        return self

    async def __aexit__(self, *_):
        self.leave.set()
        await asyncio.wait_for(self.task, 5)

    async def _receive(self):
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.sent.append(message)

    async def until(self, true, seconds=8):
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.02)

    @property
    def text(self):
        return b"".join(m.get("body", b"") for m in self.sent).decode()


def elsewhere(run):
    """Django's ORM in a thread of its own, its connection closed after it."""

    def there():
        try:
            return run()
        finally:
            connections.close_all()

    return asyncio.to_thread(there)
