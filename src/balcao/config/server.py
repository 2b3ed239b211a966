"""The web server: granian, with room for thousands of open streams beside the pages."""

import contextlib
import errno
import resource
import socket
from typing import Any

from balcao.platform.trouble import Trouble

# Streams count as running requests: with granian's defaults 1,024 of them make every page wait (measured).
BACKLOG, BACKPRESSURE = 4096, 10_000


def check_port(host: str, port: int) -> None:
    """Raise Trouble with a sentence when nobody can listen there."""
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except socket.gaierror:
        raise Trouble(f"The host {host} is unknown on this machine: try --host 127.0.0.1 or 0.0.0.0.") from None
    except OverflowError:
        raise Trouble(f"There is no port {port}: choose one between 1024 and 65535.") from None
    except OSError as error:
        raise Trouble(_why(error, host, port)) from None


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is busy: another program listens there; choose another (`make run PORT={port + 1}`)."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has: choose one of 1024 or above."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine does not have the address {host}: try --host 127.0.0.1 or 0.0.0.0."
    return f"Nothing can listen on {host}, port {port}: {error.strerror}."


def many_files() -> None:
    """Let this process and its children open as many files as the machine allows: each stream is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def serve(host: str, port: int, workers: int, log: dict[str, Any] | None = None, *, quiet: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; what runs may finish for five seconds, then open streams are cut. `quiet`: whoever
    started us says what there is to say, only what goes wrong is logged."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    check_port(host, port)
    many_files()
    Granian(
        "balcao.config.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=workers,
        websockets=False,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        workers_kill_timeout=5,
        respawn_failed_workers=True,
        log_enabled=True,
        log_dictconfig=log,
        log_level=LogLevels.warning if quiet else LogLevels.info,
    ).serve()
