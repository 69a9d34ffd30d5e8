"""Connections to strangers: only to public addresses, only so long, only so much, and only with a good certificate."""

import gzip
import itertools
import resource
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fixtures.fetchers import fetcher_for, why
from tests.fixtures.patience import until
from tests.fixtures.quantity import rows
from tests.fixtures.strangers import BADGE, Open, Serve, Stranger, answering, hanging, names, saying
from wallet.concurrency import requester
from wallet.concurrency.fair_turns import FairTurns
from wallet.concurrency.requester import Requester
from wallet.network import connection
from wallet.network.client import BIGGEST, Fetcher
from wallet.openbadges import Unreachable

INSIDE = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://name.test:{port}/",
    "http://maria@name.test:{port}/",
    "http://public.test\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\r\nHost: public.test/",
    "http://127.0.0.1:{port}\t/",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "unix:///var/run/docker.sock",
    "not an address",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_our_own_network_is_not_asked_under_any_spelling(canaries: Stranger, address: str) -> None:
    resolve = names(name="127.0.0.1", public="10.0.0.1")
    fetcher = Fetcher(allow_http=True, resolve=resolve)
    # Where another host is asked at that port, letters alone do not say it: each connection is looked at.
    lenient = Fetcher(allow_http=True, resolve=resolve, allow=[("other.test", canaries.port)])

    assert why(fetcher, address.format(port=canaries.port)) == Unreachable.NEVER
    assert why(lenient, address.format(port=canaries.port)) in {"refused", Unreachable.NEVER}


@pytest.mark.parametrize(
    "numbers",
    [
        "127.0.0.1",
        "8.8.8.8 127.0.0.1",
        "127.0.0.1 8.8.8.8",
        "2606:4700:4700::1111 10.0.0.1",
        "8.8.8.8 64:ff9b::7f00:1",
        "2002:7f00:1::",
        "169.254.169.254",
        "fe80::1%eth0",
        "192.168.1.1",
    ],
)
def test_a_name_with_one_address_inside_is_not_asked_at_all(canaries: Stranger, numbers: str) -> None:
    fetcher = Fetcher(resolve=names(mixed=numbers))

    assert why(fetcher, "https://mixed.test/") == "refused"


def test_a_name_of_this_house_alone_is_not_even_looked_up() -> None:
    looked_up: list[str] = []
    fetcher = Fetcher(resolve=lambda host, _: looked_up.append(host) or ["8.8.8.8"])  # type: ignore[func-returns-value]

    names_of_a_house = ("intranet", "moodle.local", "Moodle.LOCAL.", "badges.internal", "box.home.arpa", "a.localhost")
    assert {why(fetcher, f"https://{name}/") for name in names_of_a_house} == {Unreachable.NEVER}
    assert looked_up == []


@pytest.mark.parametrize("address", ["http://public.test/", "http://public.test:443/"])
def test_plain_http_is_asked_only_where_the_setting_says_so(address: str) -> None:
    assert why(Fetcher(resolve=names(public="8.8.8.8")), address) == Unreachable.NEVER


@rows("port", [0, 22, 25, 79, 81, 442, 444, 3306, 5432, 6379, 8000, 8080, 8443, 65535])
def test_other_ports_are_not_asked(port: int) -> None:
    assert why(Fetcher(resolve=names(public="8.8.8.8")), f"https://public.test:{port}/") == Unreachable.NEVER


def test_a_name_that_changes_its_mind_never_leads_inside(stranger: Open, canaries: Stranger) -> None:
    """DNS rebinding: the name points outside (127.0.0.2 stands for it here) and inside by turns."""
    outside = stranger(answering(b"outside"), "127.0.0.2", canaries.port)
    turns = itertools.cycle(["127.0.0.2", "127.0.0.1", "127.0.0.2 127.0.0.1"])
    fetcher = fetcher_for(outside, resolve=lambda *_: next(turns).split())
    told = []
    for _ in range(300):
        try:
            told.append(fetcher.for_import()(f"http://rebind.test:{canaries.port}/").body)
        except Unreachable as problem:
            told.append(problem.why.encode())

    assert told == [b"outside", b"refused", b"refused"] * 100
    assert outside.connections == 100


def test_the_first_address_that_takes_the_connection_is_used(stranger: Open) -> None:
    issuer = stranger(answering())
    allow = [("127.0.0.1", issuer.port), ("127.0.0.9", issuer.port)]
    fetcher = Fetcher(allow_http=True, allow=allow, resolve=names(two="127.0.0.9 127.0.0.1"))

    assert fetcher.for_import()(f"http://two.test:{issuer.port}/").body == BADGE


def test_an_address_that_says_nothing_leaves_time_for_the_next_one(
    stranger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(httpcore2.SyncBackend):
        def connect_tcp(self, host: str, *where: Any, **how: Any) -> httpcore2.NetworkStream:
            if host == "127.0.0.9":
                raise httpcore2.ConnectTimeout
            return super().connect_tcp(host, *where, **how)

    monkeypatch.setattr(httpcore2, "SyncBackend", Silent)
    issuer = stranger(answering())
    allow = [("127.0.0.1", issuer.port), ("127.0.0.9", issuer.port)]
    fetcher = Fetcher(allow_http=True, allow=allow, resolve=names(two="127.0.0.9 127.0.0.1"))

    assert fetcher.for_import()(f"http://two.test:{issuer.port}/").body == BADGE


def test_an_operator_may_allow_a_test_instance_by_name_and_port_only(stranger: Open, canaries: Stranger) -> None:
    issuer = stranger(answering())
    fetcher = Fetcher(allow_http=True, allow=[("LocalHost", issuer.port)], resolve=lambda *_: ["127.0.0.1"])

    assert fetcher.for_import()(f"http://localhost:{issuer.port}/").body == BADGE
    assert why(fetcher, f"http://localhost:{canaries.port}/") == Unreachable.NEVER
    assert why(fetcher, f"http://127.0.0.1:{issuer.port}/") == "refused"


def dripping(line: socket.socket, _asked: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        line.sendall(b"x")
        time.sleep(0.05)


def dripping_headers(line: socket.socket, _asked: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(1000):
        line.sendall(b"x")
        time.sleep(0.05)


def interim_without_end(line: socket.socket, _asked: bytes) -> None:
    while True:
        line.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)
        time.sleep(0.02)


@pytest.mark.parametrize("serve", [hanging, dripping, dripping_headers, interim_without_end])
@pytest.mark.breadth
def test_an_issuer_that_takes_for_ever_is_left_in_time(stranger: Open, serve: Serve) -> None:
    issuer = stranger(serve)

    assert why(fetcher_for(issuer, total=0.5), issuer.address()) == "timeout"


@pytest.mark.breadth
def test_a_resolver_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, answers = FairTurns(1), Event()
    monkeypatch.setattr(connection, "RESOLVING", turns)
    slow = Fetcher(total=0.3, resolve=lambda *_: [f"8.8.8.{answers.wait(60):d}"])
    assert why(slow, "https://slow.test/") == "timeout"
    monkeypatch.setattr(connection, "RESOLVING", FairTurns(0))  # of another test, when it answers at last
    answers.set()
    until(lambda: not turns.running)


def test_a_resolver_that_hangs_keeps_only_so_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = Semaphore(0), Event()

    def resolve(_host: str, _port: int) -> list[str]:
        asked.release()
        answers.wait(60)
        raise OSError("no such name")

    monkeypatch.setattr(connection, "RESOLVING", FairTurns(2))
    monkeypatch.setattr(connection, "TURN", 0)
    slow = Fetcher(total=0.05, resolve=resolve)

    assert [why(slow, f"https://{number}.test/") for number in range(5)] == ["timeout"] * 5

    assert [asked.acquire(timeout=60) for _ in range(2)] == [True, True]
    assert not asked.acquire(blocking=False)
    answers.set()
    monkeypatch.setattr(connection, "TURN", 60)
    assert why(Fetcher(resolve=resolve), "https://again.test/") == "no-answer", "their turns came back"


def test_where_no_thread_can_be_begun_its_turn_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    def full(**_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(connection, "RESOLVING", FairTurns(1))
    monkeypatch.setattr(connection, "TURN", 0)
    with monkeypatch.context() as machine:
        machine.setattr(connection, "Thread", full)
        assert why(Fetcher(resolve=resolve), "https://one.test/") == "timeout"

    assert why(Fetcher(resolve=resolve), "https://another.test/") == "no-answer"


def test_one_network_has_a_quarter_of_the_names_that_are_resolved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = Semaphore(0), Event()

    def resolve(host: str, _port: int) -> list[str]:
        if host == "quick.test":
            raise OSError("no such name")
        asked.release()
        answers.wait(60)
        raise OSError("no such name")

    monkeypatch.setattr(connection, "TURN", 0)
    slow, theirs, others = Fetcher(total=0.05, resolve=resolve), Requester("198.51.100.0/24"), Requester("192.0.2.0/24")
    for number in range(16):
        assert requester.run_for(theirs, why)(slow, f"https://{number}.test/") == "timeout"

    assert [asked.acquire(timeout=60) for _ in range(4)] == [True] * 4
    assert not asked.acquire(blocking=False)
    quick = Fetcher(resolve=resolve)
    assert requester.run_for(theirs, why)(quick, "https://quick.test/") == "timeout"
    assert requester.run_for(others, why)(quick, "https://quick.test/") == "no-answer", "it was asked for them"
    answers.set()
    monkeypatch.setattr(connection, "TURN", 60)
    assert requester.run_for(theirs, why)(quick, "https://quick.test/") == "no-answer", "their turns came back"


def test_the_time_is_for_the_import_and_not_for_each_address(stranger: Open) -> None:
    slow, quick = stranger(hanging), stranger(answering())
    fetcher = fetcher_for(slow, quick, total=0.5)
    fetch = fetcher.for_import()
    with pytest.raises(Unreachable):
        fetch(slow.address())

    with pytest.raises(Unreachable) as told:
        fetch(quick.address())

    assert told.value.why == "timeout"
    fetcher.total = 20
    assert fetcher.for_import()(quick.address()).body == BADGE


def giant(line: socket.socket, _asked: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b"x" * 65536)


def giant_in_chunks(line: socket.socket, _asked: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        line.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")


def interim_flood(line: socket.socket, _asked: bytes) -> None:
    while True:
        line.sendall(b"HTTP/1.1 102 Processing\r\nX: " + b"x" * 50_000 + b"\r\n\r\n")


@pytest.mark.parametrize(
    "serve", [giant, giant_in_chunks, interim_flood, pytest.param(answering(b"x" * (BIGGEST + 1)), id="just_too_big")]
)
def test_a_giant_answer_is_left_early_and_does_not_fill_the_memory(stranger: Open, serve: Serve) -> None:
    issuer = stranger(serve)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert why(fetcher_for(issuer), issuer.address()) == "too-big"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip"])
def test_an_answer_that_is_packed_as_we_do_not_know_is_none(stranger: Open, encoding: str) -> None:
    issuer = stranger(answering(gzip.compress(BADGE), "200 OK", f"Content-Encoding: {encoding}"))

    assert why(fetcher_for(issuer), issuer.address()) == "no-answer"


def test_what_lies_packed_on_a_shelf_is_unpacked_though_we_asked_for_plain_bytes(stranger: Open) -> None:
    """As objects of S3 do that were put there so."""
    issuer = stranger(answering(gzip.compress(BADGE), "200 OK", "Content-Encoding: gzip"))
    unchanged = stranger(answering(b"", "304 Not Modified", "Content-Encoding: gzip"))

    assert fetcher_for(issuer).for_import()(issuer.address()).body == BADGE
    assert fetcher_for(unchanged).for_import()(unchanged.address()).body == b""


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("aws-chunked", BADGE),
        ("UTF-8", BADGE),
        ("aws-chunked,gzip", gzip.compress(BADGE)),
        ("gzip, utf-8", gzip.compress(BADGE)),
        ("gzip\r\nContent-Encoding: aws-chunked", gzip.compress(BADGE)),
    ],
)
def test_a_word_that_packs_nothing_keeps_no_badge_of_maria_away(stranger: Open, encoding: str, body: bytes) -> None:
    """Her school’s shelf writes it before plain bytes. Browsers show the badge; « essayez plus tard » would have been so for ever."""
    issuer = stranger(answering(body, "200 OK", f"Content-Encoding: {encoding}"))

    assert fetcher_for(issuer).for_import()(issuer.address()).body == BADGE


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (gzip.compress(b"\0" * (BIGGEST + 1)), "too-big"),
        (gzip.compress(b"\0" * 50_000_000), "too-big"),
        (gzip.compress(BADGE)[:-9], "no-answer"),
        (b"not packed", "no-answer"),
    ],
    ids=["just_too_big", "a_bomb", "cut", "plain"],
)
def test_a_packed_answer_fills_no_memory_and_is_whole(stranger: Open, packed: bytes, reason: str) -> None:
    issuer = stranger(answering(packed, "200 OK", "Content-Encoding: gzip"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert why(fetcher_for(issuer), issuer.address()) == reason
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def closing(line: socket.socket, _asked: bytes) -> None:
    line.close()


def breaking_off(line: socket.socket, _asked: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


def slamming(line: socket.socket, _asked: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


BROKEN = {
    "nothing": closing,
    "half-a-body": breaking_off,
    "a-slammed-door": slamming,
    "ssh": saying(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a-length-of-minus": saying(b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n"),
    "two-lengths": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "status-99999": saying(b"HTTP/1.1 99999 OK\r\n\r\n"),
    "no-colon": saying(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
    "a-chunk-of-zz": saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "bytes": saying(b"\x16\x03\x01\x02\x00" + bytes(range(256))),
    "200000-headers": saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000 + b"\r\n"),
    "a-header-of-500-KB": saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000 + b"\r\n\r\n"),
    "a-change-of-language": saying(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
}


@pytest.mark.parametrize("serve", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_http_is_no_answer(stranger: Open, serve: Serve) -> None:
    issuer = stranger(serve)

    assert why(fetcher_for(issuer), issuer.address()) == "no-answer"


def test_nobody_listening_and_no_such_name_are_the_same_to_us(stranger: Open) -> None:
    gone = stranger(answering())
    gone.close()

    assert why(fetcher_for(gone), gone.address()) == "no-answer"
    assert why(Fetcher(resolve=names()), "https://nobody.test/") == "no-answer"
    assert why(Fetcher(resolve=names(empty="")), "https://empty.test/") == "no-answer"


def certificate(folder: Path, name: str, days: int = 1) -> tuple[Path, Path]:
    """A certificate that signs itself, for *name*, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=30)
    try:
        called: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        called = x509.DNSName(name)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([called]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"{name}{days}.pem", folder / f"{name}{days}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return pem, secret


@pytest.fixture
def https(stranger: Open, tmp_path: Path) -> Callable[..., tuple[Stranger, Fetcher]]:
    """A stranger on https with a certificate for *name*, and a fetcher that believes it (or does not)."""

    def open_one(name: str, days: int = 1, believed: bool = True) -> tuple[Stranger, Fetcher]:
        pem, key = certificate(tmp_path, name, days)
        speaks = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        speaks.load_cert_chain(pem, key)
        one = Stranger(answering())

        def answer(line: socket.socket) -> None:
            with suppress(OSError), speaks.wrap_socket(line, server_side=True) as safe:
                one.asked.append(safe.recv(65536))
                one.serve(safe, b"")

        one._answer = answer  # type: ignore[method-assign]
        tls = ssl.create_default_context(cafile=pem) if believed else None
        return one, Fetcher(allow=[("a.test", one.port)], resolve=lambda *_: ["127.0.0.1"], tls=tls, total=30)

    return open_one


def test_https_is_asked_by_the_name_though_connected_by_the_number(
    https: Callable[..., tuple[Stranger, Fetcher]],
) -> None:
    issuer, fetcher = https("a.test")

    assert fetcher.for_import()(f"https://a.test:{issuer.port}/").body == BADGE
    assert f"Host: a.test:{issuer.port}".encode() in issuer.asked[0]
    issuer.close()


@pytest.mark.parametrize(
    "given", [("a.test", 1, False), ("other.test", 1, True), ("127.0.0.1", 1, True), ("a.test", -1, True)]
)
def test_a_certificate_unknown_or_of_another_or_ended_is_no_answer(
    https: Callable[..., tuple[Stranger, Fetcher]], given: tuple[str, int, bool]
) -> None:
    issuer, fetcher = https(*given)

    assert why(fetcher, f"https://a.test:{issuer.port}/") == "no-answer"
    assert issuer.asked == []
    issuer.close()


@pytest.mark.breadth
def test_a_handshake_that_hangs_is_left_in_time(stranger: Open) -> None:
    issuer = stranger(hanging)
    fetcher = Fetcher(allow=[issuer.pair], total=0.5)

    assert why(fetcher, f"https://127.0.0.1:{issuer.port}/") == "timeout"


def test_old_tls_is_not_spoken() -> None:
    assert Fetcher().tls.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert Fetcher().tls.verify_mode == ssl.CERT_REQUIRED
    assert Fetcher().tls.check_hostname
