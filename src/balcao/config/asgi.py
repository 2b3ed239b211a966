"""Everything on one port: the live stream in pure ASGI, all other addresses in Django on threads."""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
from contextlib import nullcontext
from functools import cache
from multiprocessing import parent_process, util
from types import FrameType

from balcao.platform.processes import die_with_parent, mortal

if parent_process() is not None and sys.platform == "linux":
    # A worker of granian: were its main process killed, it would stay on the port. No gentler signal: its end waits for
    # the threads of pages, and one whose answer nobody takes any more would wait for ever.
    die_with_parent(signal.SIGKILL, parent=os.getppid())()

# granian's handler only notes SIGTERM for a loop that does not run yet, and reading the modules may wait for the data.
with mortal() if parent_process() is not None else nullcontext():
    from balcao.config.wsgi import application as wsgi

from django.conf import settings

from balcao.channels.webchat import calls as webchat
from balcao.channels.whatsapp import webhook as whatsapp
from balcao.config.hooks import Hooks, View
from balcao.config.live import Live
from balcao.config.live_chat import LiveChat
from balcao.config.pages import Pages, Receive, Scope, Send, answer, clean
from balcao.console.inbox import short

pages = Pages(wsgi, threads=int(os.environ.get("BALCAO_THREADS", "8")), trust_proxy=settings.TRUST_PROXY)
SHORT: dict[str, View] = {
    r"/chat/(?P<key>[-\w]+)/send/": webchat.send,
    r"/chat/(?P<key>[-\w]+)/read/": webchat.read,
    r"/chat/(?P<key>[-\w]+)/typing/": webchat.typing,
    r"/console/inbox/(?P<pk>\d{1,18})/say/": short.reply,
}
hooks = Hooks({"whatsapp": whatsapp.delivered}, pages, views=SHORT, trust_proxy=settings.TRUST_PROXY)
live = Live()
live_chat = LiveChat(live)


def _end() -> None:
    logging.shutdown()
    os._exit(0)


if parent_process() is not None:
    # granian has waited for every request that somebody still listens to. A page whose reader has gone may still have a
    # thread, which would wait for ever to hand its answer to a loop that has ended; Python would wait for that thread.
    util.Finalize(None, _end, exitpriority=100)


@cache
def _streams_end_with_us() -> None:
    """In a worker: granian lets every running request finish before it stops, and a stream never would.

    Its own handler listens on the loop's wake-up pipe, which a handler of Python's does not take away."""
    if parent_process() is None or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def end(number: int, frame: FrameType | None) -> None:
        faulthandler.dump_traceback_later(4)  # before granian kills us: what does not end says where it is
        loop.call_soon_threadsafe(live.end)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
        signal.siginterrupt(number, False)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI 3. Hosts are checked by Django for pages; the streams need a session, or a visitor's token, which
    are bound to the host."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/stream/":
        _streams_end_with_us()
        await live(clean(scope, settings.TRUST_PROXY), receive, send)
    elif scope["path"] == "/chat/stream/":
        _streams_end_with_us()
        await live_chat(clean(scope, settings.TRUST_PROXY), receive, send)
    elif "\x00" in scope["path"]:
        await answer(send, 400, "This address cannot exist.")
    else:
        await hooks(scope, receive, send)
