"""The gate: the right host, no foreign hand, and the headers on every answer, refusals and faults included."""

from collections.abc import Iterator
from itertools import product

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from wallet.web.security_headers import CONTENT_SECURITY_POLICY, HEADERS, SecurityHeaders, policy_with

SHEET = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
LOCAL, PUBLIC = "http://localhost:8000", "https://badges.exemple.fr"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def application(origin: str) -> Starlette:
    """Three addresses and the gate: a fine one, a broken one, and one that brings a policy of its own."""

    async def fine(request: Request) -> Response:
        return PlainTextResponse("fine")

    async def broken(request: Request) -> Response:
        raise ZeroDivisionError

    async def boxed(request: Request) -> Response:
        return PlainTextResponse("boxed", headers={"Content-Security-Policy": "sandbox"})

    async def turned_away(request: Request, status: int) -> Response:
        return PlainTextResponse(f"turned away: {status}", status)

    return Starlette(
        routes=[
            Route("/", fine, methods=METHODS),
            Route("/broken", broken),
            Route("/boxed", boxed),
            Route("/s/{token}", fine),
            Route("/handovers", fine, methods=METHODS),
        ],
        middleware=[
            Middleware(SecurityHeaders, origin=origin, answer=turned_away, sheet=SHEET, share_target="/handovers")
        ],
    )


@pytest.fixture(params=[LOCAL, PUBLIC])
def origin(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(origin: str) -> Iterator[TestClient]:
    with TestClient(application(origin), base_url=origin, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.breadth(beside=["http://localhost:8000"])
def test_only_our_own_pages_change_something(client: TestClient, origin: str):
    """Sec-Fetch-Site decides where it is sent; else Origin; where both are absent it is refused (docs/security.md B1)."""
    origins = {
        None: "",
        "ours": origin,
        "null": "null",
        "another": "https://evil.example",
        "with a port": f"{origin}9",
        "of the other scheme": origin.replace("https:", "ftp:").replace("http:", "https:"),
    }
    sites = (None, "same-origin", "same-site", "cross-site", "none", "anything")
    for (whose, told), site in product(origins.items(), sites):
        headers = {"Sec-Fetch-Site": site} if site else {}
        headers |= {"Origin": told} if told else {}

        answers = {method: client.request(method, "/", headers=headers).status_code for method in METHODS}

        from_here = site in {"same-origin", "none"} if site else whose == "ours"
        expected = {method: 200 if method in {"GET", "HEAD"} or from_here else 403 for method in METHODS}
        assert answers == expected, (site, whose)


@pytest.mark.parametrize("site", [None, "same-site", "cross-site", "none"])
def test_anybody_may_hand_something_over_and_do_nothing_else_there(client: TestClient, site: str | None):
    headers = {"Origin": "https://evil.example"} | ({"Sec-Fetch-Site": site} if site else {})

    assert client.post("/handovers", headers=headers).status_code == 200
    if site != "none":
        for method in ("PUT", "PATCH", "DELETE"):
            assert client.request(method, "/handovers", headers=headers).status_code == 403
        for path in ("/handovers/", "/handovers/1", "/handovers/1/badges", "//handovers", "/Handovers"):
            assert client.post(path, headers=headers).status_code == 403, path
    assert client.post("/handovers", headers={**headers, "Host": "evil.example"}).status_code == 400


@pytest.mark.breadth(beside=["https://badges.exemple.fr"])
def test_a_person_on_another_host_is_turned_away(client: TestClient, origin: str):
    ours = origin.partition("://")[2]

    for host in ("evil.example", f"{ours}.evil.example", f"{ours}/static", f"{ours}?x=", f"{ours}:1", f"x@{ours}", ""):
        answer = client.get("/", headers={"Host": host})
        assert answer.status_code == 400, host
        assert answer.text == "turned away: 400"


def test_two_hosts_are_one_too_many_even_when_both_are_ours(client: TestClient, origin: str):
    ours = origin.partition("://")[2]

    for hosts in ([ours, ours], [ours, "evil.example"], ["evil.example", ours]):
        answer = client.get("/", headers=[("Host", host) for host in hosts])
        assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken", "/s/abc"])
@pytest.mark.parametrize("sent", [{}, {"Host": "evil.example"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_carries_the_headers(client: TestClient, path: str, sent: dict[str, str], method: str):
    answer = client.request(method, path, headers=sent)

    for name, value in (
        HEADERS | ({"Content-Security-Policy": policy_with(SHEET)} if path == "/s/abc" else {})
    ).items():
        assert answer.headers.get_list(name) == [value]
    assert "strict-transport-security" not in answer.headers or client.base_url.scheme == "https"


def test_a_fault_of_ours_is_answered_by_the_page_and_told_to_the_operator(origin: str):
    with TestClient(application(origin), base_url=origin) as client, pytest.raises(ZeroDivisionError):
        client.get("/broken")
    with TestClient(application(origin), base_url=origin, raise_server_exceptions=False) as client:
        assert client.get("/broken").text == "turned away: 500"


def test_only_https_is_asked_for_ever(client: TestClient, origin: str):
    asked = "strict-transport-security" in client.get("/").headers

    assert asked == (origin == PUBLIC)


def test_what_people_show_stays_out_of_search_engines(client: TestClient):
    assert client.get("/s/abc").headers["x-robots-tag"] == "noindex, noarchive"
    assert "x-robots-tag" not in client.get("/").headers


def test_a_stricter_policy_of_a_page_stands(client: TestClient):
    assert client.get("/boxed").headers.get_list("content-security-policy") == ["sandbox"]


def test_styles_within_are_let_in_by_their_hash_and_only_where_things_are_shown(client: TestClient):
    shown, own = (client.get(path).headers["content-security-policy"] for path in ("/s/abc", "/"))

    assert shown.replace(f" {SHEET}", "") == own == CONTENT_SECURITY_POLICY
    assert f"style-src 'self' {SHEET};" in shown


def test_no_page_may_run_what_is_written_into_it():
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[part] for part in ("script-src", "style-src", "connect-src", "form-action", "manifest-src")} == {
        "'self'"
    }
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    # no-referrer would make our own forms send "Origin: null" (docs/decisions.md 11)
    assert HEADERS["Referrer-Policy"] == "same-origin"
