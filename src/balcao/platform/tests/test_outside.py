"""Real servers of this machine, which the guard takes for what they are: our own network."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from balcao.platform import outside
from balcao.platform.outside import NotOutside, OutsideError, TooMuch, TooSlow, fetch, is_outside


class Server(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.command, self.path, dict(self.headers), body))
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        self.send_response(200 if self.path != "/broken" else 500)
        self.end_headers()
        if self.path == "/drip":
            for _ in range(40):
                try:
                    self.wfile.write(b".")
                    time.sleep(0.1)
                except OSError:
                    return
        if self.path == "/flood":
            for _ in range(200):
                try:
                    self.wfile.write(b"x" * 100_000)
                except OSError:
                    return
        self.wfile.write(b"hello")

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def opened(settings, server) -> str:
    """The server, in a network that the operator has opened."""
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    Server.seen.clear()
    return server


def names(monkeypatch, **known: list[str]) -> None:
    """What DNS says in this test; a list is used up one answer at a time, its last one stays."""
    real = socket.getaddrinfo

    def answer(host, port, *args, **options):
        if host in known:
            text = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in text.split()]
        return real(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "fec0::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_an_address_of_ours_is_not_outside_however_it_is_written(address):
    assert not is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "200.160.2.3", "2a00:1450:4003::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_outside(address):
    assert is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_this_machine_is_refused_under_each_of_its_names(server, host):
    port = server.rsplit(":", 1)[1]
    Server.seen.clear()
    with pytest.raises(OutsideError):
        fetch("GET", f"http://{host}:{port}/")
    assert not Server.seen


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/", "http://", "", "//x", "http://a:b@example.org/", "gopher://x", "\n"],
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(NotOutside):
        fetch("GET", url)


def test_a_name_that_points_inwards_is_refused_also_beside_a_public_address(server, monkeypatch):
    port = server.rsplit(":", 1)[1]
    names(monkeypatch, **{"in.example": ["127.0.0.1"], "both.example": ["8.8.8.8 127.0.0.1"]})
    for host in ("in.example", "both.example"):
        with pytest.raises(NotOutside):
            fetch("GET", f"http://{host}:{port}/")


def test_a_name_is_asked_once_and_the_checked_address_is_the_one_connected_to(opened, monkeypatch, settings):
    """DNS rebinding: the second answer would lead to a forbidden address; there is no second question."""
    settings.OUTSIDE_ALLOW = ["127.0.0.1/32"]
    names(monkeypatch, **{"rebind.example": ["127.0.0.1", "127.0.0.2"]})
    port = opened.rsplit(":", 1)[1]
    assert fetch("GET", f"http://rebind.example:{port}/").body == b"hello"
    assert Server.seen[0][2]["Host"] == f"rebind.example:{port}"


def test_a_redirect_to_what_is_no_address_at_all_is_refused(opened):
    with pytest.raises(NotOutside):
        fetch("GET", f"{opened}/to?http://[")


def test_a_redirect_is_followed_but_never_inwards(opened, settings, monkeypatch):
    port = opened.rsplit(":", 1)[1]
    assert fetch("GET", f"{opened}/to?/fine").url == f"{opened}/fine"
    settings.OUTSIDE_ALLOW = ["127.0.0.1/32"]
    for target in (f"http://127.0.0.2:{port}/", "http://169.254.169.254/latest/", "file:///etc/passwd"):
        with pytest.raises(NotOutside):
            fetch("GET", f"{opened}/to?{target}")
    with pytest.raises(OutsideError) as endless:
        fetch("GET", f"{opened}/to?/to?/to?/to?/to?/x", redirects=2)
    assert "without end" in endless.value.log


def test_a_secret_header_does_not_travel_to_another_origin(opened):
    other = opened.replace("127.0.0.1", "localhost")
    fetch("GET", f"{opened}/to?/same", headers={"Authorization": "secret"})
    assert Server.seen[-1][2]["Authorization"] == "secret"
    fetch("GET", f"{opened}/to?{other}/elsewhere", headers={"Authorization": "secret"})
    assert Server.seen[-1][1] == "/elsewhere" and "Authorization" not in Server.seen[-1][2]


def test_a_post_arrives_whole_and_is_not_sent_on(opened):
    answer = fetch("POST", f"{opened}/in", json={"a": "ç"}, headers={"X-Test": "1"})
    assert answer.ok and Server.seen[-1][0] == "POST" and Server.seen[-1][3] == '{"a":"ç"}'.encode()
    assert fetch("POST", f"{opened}/to?/other", data={"a": "b"}).status == 302
    assert fetch("POST", f"{opened}/broken", content=b"x").ok is False


def test_an_answer_has_a_size_and_an_end(opened):
    with pytest.raises(TooMuch):
        fetch("GET", f"{opened}/flood", most=300_000)
    with pytest.raises(TooSlow):  # each byte comes in time; the whole does not
        fetch("GET", f"{opened}/drip", seconds=0.5)


def test_a_server_that_is_not_there_is_said_so(settings):
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OutsideError):
            fetch("GET", f"http://127.0.0.1:{taken.getsockname()[1]}/", seconds=1)


def test_no_proxy_of_the_environment_is_asked(opened, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetch("GET", opened).ok


def test_an_address_can_be_checked_before_it_is_kept(settings):
    with pytest.raises(NotOutside):
        outside.check_address("https://127.0.0.1/hook")
    settings.OUTSIDE_ALLOW = ["127.0.0.1/32"]
    outside.check_address("https://127.0.0.1/hook")
