"""Everything on one port: the live stream in pure ASGI, all other addresses in Django on threads."""

import os
import signal
import sys
from multiprocessing import parent_process

from balcao.config.wsgi import application as wsgi

from balcao.platform.processes import die_with_parent  # isort: skip

if parent_process() is not None and sys.platform == "linux":
    # A worker of granian: were its main process killed, it would stay on the port.
    die_with_parent(signal.SIGTERM, parent=os.getppid())()

from django.conf import settings

from balcao.config.live import Live
from balcao.config.pages import Pages, Receive, Scope, Send, answer, clean

pages = Pages(wsgi, threads=int(os.environ.get("BALCAO_THREADS", "8")), trust_proxy=settings.TRUST_PROXY)
live = Live()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI 3. Hosts are checked by Django for pages; the stream needs a session, which is bound to the host."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/stream/":
        await live(clean(scope, settings.TRUST_PROXY), receive, send)
    elif "\x00" in scope["path"]:
        await answer(send, 400, "This address cannot exist.")
    else:
        await pages(scope, receive, send)
