"""Asking other people's servers for something, without being led into our own network.

An address that somebody typed (a webhook, a picture's address, another city's server) may point inwards, name a host
whose DNS answer points inwards, answer differently the second time, or redirect there. So a name is resolved once,
every address that it has must be public, and the connection goes to the very address that was checked. Whole exchanges
have an end: by the clock, not by each read, and by size. No proxy of the environment is used: it would resolve anew.

The operator may open single networks by BALCAO_OUTSIDE_ALLOW (a legacy system in the same building)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from balcao.platform.errors import Refusal

MOST = 1_000_000  # bytes of an answer
SECONDS = 5.0  # for everything together: names, connections, redirects, the last byte
REDIRECTS = 3
_NAMES = ThreadPoolExecutor(4, thread_name_prefix="names")  # getaddrinfo knows no time-out
_TLS = ssl.create_default_context()
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutsideError(Refusal):
    """The other side gave nothing that could be used. `log` names the host, never the path: paths carry secrets."""

    status = 502
    default = _("The other system could not be reached. Please try again later.")


class NotOutside(OutsideError):
    """The address is none that we may ask: not http(s), or within our own network."""

    status = 400
    default = _("This address cannot be used: it must be a public one, beginning with https:// or http://.")


class Unreached(OutsideError):
    """No connection came about: nothing was sent, so whoever asks again repeats nothing."""


class TooSlow(OutsideError):
    default = _("The other system took too long to answer. Please try again later.")


class TooMuch(OutsideError):
    default = _("The other system sent more than we take.")


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status. `url` is where it came from in the end."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    most: int = MOST,
    redirects: int = REDIRECTS,
    **body: Any,
) -> Answer:
    """Ask, and read the whole answer. `body` is httpx's: content, data, files, json, params. Raises OutsideError.

    Only GET and HEAD follow redirects, each checked anew; to another origin the caller's headers do not come along.
    Never call it inside a transaction."""
    ends = time.monotonic() + seconds
    request = _request(method, url, headers, body)
    for _step in range(redirects + 1):
        answer = _once(request, ends, most)
        target = answer.headers.get("location")
        if answer.status not in (301, 302, 303, 307, 308) or not target or method.upper() not in ("GET", "HEAD"):
            return answer
        before = request.url
        try:
            request = _request(method, urljoin(str(before), target), None, {})
        except ValueError:  # urljoin's own: no address at all
            raise NotOutside(log=f"{before.host} redirected to what is no URL") from None
        if before.scheme == "https" and request.url.scheme != "https":
            raise NotOutside(log=f"{before.host} redirected to plain http")
        if (before.scheme, before.host, before.port) == (request.url.scheme, request.url.host, request.url.port):
            request = _request(method, str(request.url), headers, {})
    raise OutsideError(log=f"{request.url.host} redirects without end")


def check_address(url: str) -> None:
    """Raise NotOutside when `url` is none that `fetch` would ask, as far as can be told now: its name is resolved."""
    parsed = _request("GET", url, None, {}).url
    _resolve(parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80), time.monotonic() + SECONDS)


def is_outside(address: Address) -> bool:
    """Whether this is somebody else's machine on the public internet, or in a network that the operator opened."""
    if any(address in network for network in _allowed() if network.version == address.version):
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if address in ipaddress.ip_network("64:ff9b::/96"):  # NAT64: the last 32 bits are an IPv4 address
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_outside(inner)
    return address in ipaddress.ip_network("2000::/3") and address.is_global and not address.is_multicast


def _allowed() -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return (ipaddress.ip_network(text) for text in settings.OUTSIDE_ALLOW)


def _request(method: str, url: str, headers: Mapping[str, str] | None, body: dict[str, Any]) -> httpx.Request:
    try:
        usual = {"User-Agent": "Balcao", "Accept-Encoding": "identity"}  # identity: what is counted is what arrives
        request = httpx.Request(method, url, headers={**usual, **(headers or {})}, **body)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise NotOutside(log="not a URL") from None
    if request.url.scheme not in ("http", "https") or not request.url.host or request.url.userinfo:
        raise NotOutside(log=f"scheme, host or user of a URL at {request.url.host}")
    return request


def _once(request: httpx.Request, ends: float, most: int) -> Answer:
    host = request.url.host
    pool = httpcore.ConnectionPool(
        ssl_context=_TLS, network_backend=_Guarded(ends), retries=0, http2=False, max_connections=1
    )
    try:
        with (
            pool,
            pool.stream(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), _left(ends))},
            ) as response,
        ):
            found, size = [], 0
            for piece in response.iter_stream():
                size += len(piece)
                if size > most:
                    raise TooMuch(log=f"{host} sent more than {most} bytes")
                found.append(piece)
            return Answer(response.status, httpx.Headers(response.headers), b"".join(found), str(request.url))
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise Unreached(log=f"{host}: {type(error).__name__}") from None
    except httpcore.TimeoutException as error:
        raise TooSlow(log=f"{host}: {type(error).__name__}") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        raise OutsideError(log=f"{host}: {type(error).__name__}") from None


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole exchange is over")
    return left


def _resolve(host: str, port: int, ends: float) -> list[str]:
    """The addresses of a name, all of them outside; NotOutside when any is not: a mixed answer is a trick."""
    asked = _NAMES.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = {str(row[4][0]) for row in asked.result(timeout=_left(ends))}
    except TookTooLong:
        raise TooSlow(log=f"the name {host} took too long") from None
    except (OSError, UnicodeError):
        raise Unreached(log=f"the name {host} is not known") from None
    for text in found:
        if not is_outside(ipaddress.ip_address(text.split("%")[0])):
            raise NotOutside(log=f"{host} is at an address of our own network")
    return sorted(found, key=lambda text: ":" in text)  # IPv4 first: half of the hosts have no IPv6 route


class _Guarded(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and lets no read or write outlive the exchange."""

    def __init__(self, ends: float) -> None:
        self._ends, self._real = ends, httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError("no address")
        for address in _resolve(host, port, self._ends):
            try:
                stream = self._real.connect_tcp(address, port, timeout=_left(self._ends))
                return _Timed(stream, self._ends)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    def connect_unix_socket(self, path: str, *args: Any, **options: Any) -> httpcore.NetworkStream:
        raise httpcore.UnsupportedProtocol("no sockets of this machine")


class _Timed(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
