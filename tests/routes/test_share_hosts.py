"""No trick with the host leads a link or a code of a share elsewhere; and who looks outward leaves no trace of where from."""

import re
import socket
from html import unescape
from io import BytesIO
from itertools import product
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from resvg_py import svg_to_bytes
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import Person, Stranger, holder, signed
from tests.routes.test_share_canary import planted

EVIL = "evil.example"
ORIGIN = "http://localhost:8000"
HOSTS = (
    EVIL,
    f"{EVIL}:8000",
    f"localhost:8000.{EVIL}",
    f"localhost.{EVIL}:8000",
    f"localhost:8000@{EVIL}",
    f"{EVIL}/localhost:8000",
    f"{EVIL}#localhost:8000",
    f"{EVIL}?localhost:8000",
    f"{EVIL}\\localhost:8000",
    f"localhost:8000/{EVIL}",
    f"localhost:8000, {EVIL}",
    f"localhost:8000 {EVIL}",
    f"localhost:8000\t{EVIL}",
    "localhost",
    "localhost:80",
    "localhost:08000",
    "localhost:8000:8000",
    "localhost:8001",
    "localhost:",
    ":8000",
    "",
    "LOCALHOST:8000",
    "localhost.:8000",
    "127.0.0.1:8000",
    "[::1]:8000",
    "xn--lcalhost-tfh:8000",
)
FORWARDED = (
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Host": f"{EVIL}, localhost:8000"},
    {"X-Forwarded-Server": EVIL},
    {"X-Forwarded-Proto": "javascript", "X-Forwarded-Port": "6666"},
    {"X-Host": EVIL},
    {"X-HTTP-Host-Override": EVIL},
    {"X-Original-URL": f"http://{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/"},
    {"X-Original-Host": EVIL, "X-Forwarded-Prefix": f"//{EVIL}"},
    {"Forwarded": f"host={EVIL};proto=https"},
    {"Forwarded": f'for=1.2.3.4;host="{EVIL}"'},
    {"Origin": f"http://{EVIL}", "Referer": f"http://{EVIL}/"},
    {"True-Client-IP": EVIL, "CF-Connecting-IP": EVIL, "Via": EVIL},
)


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    return holder(app, ("badge.json", signed()), planted())


@pytest.fixture
@made_once
def share(maria: Person) -> str:
    """Where the share is in Maria's wallet."""
    return maria.shows(*maria.has())


def paths(maria: Person, share: str) -> dict[str, list[str]]:
    """What others are given, and what Maria is, of that share."""
    link = maria.link_of(share)
    others = [
        link,
        f"{link}/qr.svg",
        f"{link}/presentation",
        f"{link}/reports",
        f"{link}/pictures/1",
        f"{link}/files/0",
    ]
    return {"others": others, "hers": [share, f"{share}/qr.svg", f"{share}/qr.png", "/shares"]}


@pytest.mark.breadth
def test_a_host_that_is_not_ours_is_turned_away(maria: Person, recruiter: Stranger, share: str):
    for who, wanted in zip((recruiter, maria), paths(maria, share).values(), strict=True):
        for path, host in product(wanted, HOSTS):
            answer = who.get(path, headers={"Host": host})

            assert answer.status_code == 400, (path, host)
            assert EVIL.encode() not in answer.content, (path, host)
            assert EVIL not in str(answer.headers), (path, host)


@pytest.mark.breadth
def test_what_stands_in_front_of_us_says_nothing_of_the_host(maria: Person, recruiter: Stranger, share: str):
    maria.services.rate_limits.window.forget()
    for who, wanted in zip((recruiter, maria), paths(maria, share).values(), strict=True):
        for path in wanted:
            plain = who.get(path)
            for sent in FORWARDED:
                tricked = who.get(path, headers=sent)

                assert (tricked.status_code, tricked.content) == (plain.status_code, plain.content), (path, sent)
                assert EVIL not in str(tricked.headers), (path, sent)


def test_both_codes_lead_to_the_link_at_our_origin(maria: Person, recruiter: Stranger, share: str):
    link = ORIGIN + maria.link_of(share)
    kept = maria.get(f"{share}/qr.png", headers={"X-Forwarded-Host": EVIL}).content
    printed = recruiter.get(f"{maria.link_of(share)}/qr.svg", headers={"X-Forwarded-Host": EVIL}).content

    assert zxingcpp.read_barcodes(Image.open(BytesIO(kept)), formats=zxingcpp.BarcodeFormat.QRCode)[0].text == link
    drawn = Image.open(BytesIO(draw(printed))).convert("L")
    assert zxingcpp.read_barcodes(drawn, formats=zxingcpp.BarcodeFormat.QRCode)[0].text == link


def draw(svg: bytes) -> bytes:
    """*svg* on white paper, as a printer would."""
    return bytes(svg_to_bytes(svg_string=svg.decode().replace('mm"', '"'), width=600, background="white"))


def outward(page: str) -> list[tuple[str, str]]:
    """The links of *page* that lead elsewhere, each with what it says of itself."""
    links = [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in re.findall(r"<a\b([^>]*)>", page)]
    away = [one for one in links if urlsplit(unescape(one.get("href", ""))).netloc]
    return [(one["href"], one.get("rel", "")) for one in away if not one["href"].startswith(ORIGIN)]


@pytest.mark.breadth
def test_who_follows_a_link_outward_leaves_no_trace_of_the_share(maria: Person, recruiter: Stranger, share: str):
    """`noreferrer` means noopener too. Source: HTML Standard, 4.6.7, Link type "noreferrer"."""
    link = maria.link_of(share)
    details = set(re.findall(rf'href="({link}/badges/\d+)"', recruiter.page(link)))
    answers = [recruiter.get(path) for path in (link, *details)]
    links = [one for answer in answers for one in outward(answer.text)]

    assert {urlsplit(href).hostname for href, _ in links} >= {
        "zqcanari-criteria-xw7.example",
        "zqcanari-target-xw7.example",
    }
    assert [href for href, rel in links if "noreferrer" not in rel.split()] == []
    for answer in answers:
        assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}, "to others than us nothing is told"
        assert not re.search(r"http-equiv=.refresh|<base\b|referrerpolicy|name=.referrer", answer.text, re.IGNORECASE)


RAW = (
    f"GET http://{EVIL}PATH HTTP/1.1\r\nHost: {EVIL}",
    f"GET http://{EVIL}PATH HTTP/1.1\r\nHost: OURS",
    f"GET http://OURS@{EVIL}PATH HTTP/1.1\r\nHost: OURS",
    f"GET //{EVIL}PATH HTTP/1.1\r\nHost: OURS",
    f"GET PATH HTTP/1.1\r\nHost: OURS\r\nHost: {EVIL}",
    f"GET PATH HTTP/1.1\r\nHost: {EVIL}\r\nHost: OURS",
    f"GET PATH HTTP/1.1\r\n Host: {EVIL}\r\nHost: OURS",
    f"GET PATH HTTP/1.1\r\nHost : {EVIL}\r\nHost: OURS",
    f"GET PATH HTTP/1.1\r\nHost: OURS\r\n {EVIL}",
    f"GET PATH#@{EVIL} HTTP/1.1\r\nHost: OURS",
    "GET PATH HTTP/1.0",
    "GET PATH HTTP/1.1\r\nX: y",
    f"GET PATH\\@{EVIL} HTTP/1.1\r\nHost: OURS",
)


def asked(server: Server, request: str) -> bytes:
    """What the server answers to these very bytes."""
    with socket.create_connection(("localhost", server.port), 30) as line:
        line.sendall(f"{request}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return answer


@pytest.mark.breadth
def test_no_request_that_only_a_program_sends_leads_elsewhere(server: Server):
    """Absolute addresses, two hosts, none, folded lines: as bytes to the served wallet, which no client library mends."""
    maria, host = Traveller(server), server.origin.partition("://")[2]
    maria.brings(("badge.json", signed()))
    maria.makes_a_key()
    made = maria.post("/shares", data={"badge": "1", "days": "7"})
    found = re.search(r"/s/[0-9A-Z]{26}", maria.get(made.headers["location"]).text)
    assert found is not None
    plain = asked(server, f"GET {found[0]} HTTP/1.1\r\nHost: {host}")
    assert b" 200 OK" in plain

    for path in (found[0], f"{found[0]}/qr.svg"):
        for raw in RAW:
            answer = asked(server, raw.replace("PATH", path).replace("OURS", host))
            head, _, body = answer.partition(b"\r\n\r\n")
            status = int(head.split(b" ")[1]) if head else 400
            assert status in {200, 303, 307, 400, 404, 405}, head
            # What was asked for stands in a field of the form for the other language, which leads to no host (is_own_path).
            assert not re.search(rb"""(href|src|action|content)=["'](https?:)?//[^"']*evil""", body), raw
            assert EVIL.encode() not in head
    maria.close()
