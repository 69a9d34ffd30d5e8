"""Asking strangers: what an issuer gives, what goes along, where redirects lead, how often; and the map of answers."""

import json
import socket
from pathlib import Path

import pytest

from tests.fixtures.fetchers import fetcher_for, why
from tests.fixtures.strangers import BADGE, Open, Stranger, answering, has_ipv6, names, pointing
from wallet.concurrency import requester
from wallet.concurrency.requester import Requester
from wallet.network import BoundedFetch, client
from wallet.network.client import BIGGEST, FaultyAddressMap, Fetcher, MappedFetch
from wallet.openbadges import Fetched, Unreachable
from wallet.web.rate_limits import Limit


def test_a_badge_comes_as_it_is(stranger: Open) -> None:
    issuer = stranger(answering(BADGE, "200 OK", "Content-Type: Application/LD+JSON; charset=utf-8"))

    answer = fetcher_for(issuer).for_import()(issuer.address("/a/1"))

    assert answer == Fetched(address=issuer.address("/a/1"), status=200, media_type="application/ld+json", body=BADGE)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "500 Oh", "204 No Content", "304 Not Modified"])
def test_every_status_is_an_answer(stranger: Open, status: str) -> None:
    issuer = stranger(answering(b"" if status[:1] != "4" else b"gone", status))

    assert fetcher_for(issuer).for_import()(issuer.address()).status == int(status[:3])


def test_how_long_an_issuer_wants_to_be_left_alone_is_told(stranger: Open) -> None:
    issuer = stranger(answering(b"", "429 Too Many Requests", "Retry-After: 120"))

    assert fetcher_for(issuer).for_import()(issuer.address()).retry_after == "120"


def test_a_body_in_chunks_and_one_without_a_length_arrive(stranger: Open) -> None:
    chunks = stranger(
        lambda line, _: line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{} \r\n0\r\n\r\n")
    )
    until_close = stranger(lambda line, _: line.sendall(b"HTTP/1.0 200 OK\r\n\r\n{}"))
    fetch = fetcher_for(chunks, until_close).for_import()

    assert fetch(chunks.address()).body == b"{} "
    assert fetch(until_close.address()).body == b"{}"


def test_a_body_of_just_the_limit_arrives(stranger: Open) -> None:
    issuer = stranger(answering(b"x" * BIGGEST))

    assert len(fetcher_for(issuer).for_import()(issuer.address()).body) == BIGGEST


def test_an_issuer_on_ipv6_is_asked(stranger: Open) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    issuer = stranger(answering(), "::1")
    address = f"http://[::1]:{issuer.port}/"

    assert fetcher_for(issuer).for_import()(address).body == BADGE
    assert f"host: [::1]:{issuer.port}".encode() in issuer.asked[0].lower()


def test_the_issuer_sees_what_we_take_and_our_name_and_nothing_else(
    stranger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = stranger(answering(b"from the proxy"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.address())
    issuer = stranger(answering(BADGE, "200 OK", "Set-Cookie: who=maria; Path=/"))
    fetch = fetcher_for(issuer).for_import()

    fetch(issuer.address("/1"))
    fetch(issuer.address("/2?q=%41"))

    first, second = (asked.decode().split("\r\n") for asked in issuer.asked)
    assert second[0] == "GET /2?q=%41 HTTP/1.1"
    names = {line.partition(":")[0].lower() for line in [*first[1:], *second[1:]] if line}
    assert names == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert "User-Agent: open-badges-wallet" in first
    assert "Accept-Encoding: identity" in first
    assert proxy.connections == 0


def test_badgr_gives_the_badge_and_not_its_page_for_people(stranger: Open) -> None:
    """badgr-server looks for these two words anywhere in Accept, weights or not."""

    def badgr(line: socket.socket, asked: bytes) -> None:
        people = b"text/html" in asked or b"*/*" in asked
        answering(b"<html>" if people else BADGE)(line, asked)

    issuer = stranger(badgr)

    assert fetcher_for(issuer).for_import()(issuer.address()).body == BADGE


@pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
def test_a_redirect_is_followed_and_its_end_is_told(stranger: Open, status: str) -> None:
    issuer = stranger(
        lambda line, asked: (answering() if b"GET /new" in asked else pointing("../new?v=é#top", status))(line, asked)
    )

    answer = fetcher_for(issuer).for_import()(issuer.address("/old/1"))

    assert (answer.body, answer.address) == (BADGE, issuer.address("/new?v=é"))
    assert b"GET /new?v=%C3%A9 HTTP/1.1" in issuer.asked[1]


def test_a_forger_who_is_pointed_to_is_not_believed_to_be_the_university_that_he_points_back_to(
    stranger: Open,
) -> None:
    """He gives a badge of his own under the tag of her logo, and later leads there: « not another one » is said of the logo."""
    changed, tag = "Tue, 24 Nov 2026 10:00:00 GMT", '"logo"'
    told = (f"ETag: {tag}", f"Last-Modified: {changed}", "Date: Tue, 24 Nov 2026 10:05:00 GMT")
    forger = stranger(answering(BADGE, "200 OK", *told))

    def she_answers(line: socket.socket, asked: bytes) -> None:
        has_it = b"If-None-Match" in asked or b"If-Modified-Since" in asked
        logo = answering(b"", "304 Not Modified") if has_it else answering(b"PNG", "200 OK", *told)
        (pointing(forger.address()) if b"GET /go" in asked else logo)(line, asked)

    university = stranger(she_answers)
    ask, address = fetcher_for(university, forger).for_import(), university.address("/go")

    first = ask(address)
    forger.serve = pointing(university.address("/logo.png"))
    second = ask(address, (("If-None-Match", tag), ("If-Modified-Since", changed)))

    assert [(one.status, one.body) for one in (first, second)] == [(200, BADGE), (200, b"PNG")]
    assert {(one.etag, one.last_modified) for one in (first, second)} == {("", "")}


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "http://inside.test:{port}/",
        "http://2130706433:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://[::1",
        "http://a.fr:99999/",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_inside_is_refused(stranger: Open, canaries: Stranger, location: str) -> None:
    issuer = stranger(pointing(location.format(port=canaries.port)))
    fetcher = fetcher_for(issuer, resolve=names(inside="127.0.0.1"))

    assert why(fetcher, issuer.address()) == "refused"


@pytest.mark.parametrize("location", ["https://portefeuille.exemple/?a=1", "openid-credential-offer://?a=1"])
def test_where_an_address_is_pointed_is_known_also_where_nobody_is_asked(stranger: Open, location: str) -> None:
    issuer = stranger(lambda line, asked: pointing("/b" if b"GET /a" in asked else location)(line, asked))
    fetch = fetcher_for(issuer, resolve=names()).for_import()

    with pytest.raises(Unreachable):
        fetch(issuer.address("/a"))

    assert client.pointed_to(BoundedFetch(fetch), issuer.address("/a")) == [location, issuer.address("/b")]
    assert client.pointed_to(fetch, issuer.address("/b")) == []


def test_five_redirects_are_followed_and_six_are_not(stranger: Open) -> None:
    def stairs(line: socket.socket, asked: bytes) -> None:
        step = int(asked.split()[1].strip(b"/"))
        (pointing(f"/{step - 1}") if step else answering())(line, asked)

    issuer = stranger(stairs)

    assert fetcher_for(issuer).for_import()(issuer.address("/5")).body == BADGE
    assert why(fetcher_for(issuer), issuer.address("/6")) == "too-many"


def test_a_redirect_to_itself_ends(stranger: Open) -> None:
    issuer = stranger(pointing("/"))

    assert why(fetcher_for(issuer), issuer.address()) == "too-many"
    assert issuer.connections == 6


def test_a_redirect_that_points_nowhere_is_an_answer(stranger: Open) -> None:
    issuer = stranger(answering(b"", "302 Found"))

    assert fetcher_for(issuer).for_import()(issuer.address()).status == 302


def test_a_badge_that_names_a_thousand_addresses_gets_twelve(stranger: Open) -> None:
    issuer = stranger(answering())
    pairs = [(f"h{n}.test", issuer.port) for n in range(20)]
    fetcher = Fetcher(allow_http=True, allow=pairs, resolve=lambda *_: ["127.0.0.1"])
    fetch = fetcher.for_import()
    told = []
    for host, port in pairs:
        try:
            told.append(fetch(f"http://{host}:{port}/").status)
        except Unreachable as problem:
            told.append(problem.why)

    assert told == [200] * 12 + ["too-many"] * 8
    assert issuer.connections == 12
    assert fetcher.for_import()(f"http://h19.test:{issuer.port}/").status == 200


def test_one_host_is_asked_ten_times_and_redirects_count(stranger: Open) -> None:
    issuer = stranger(lambda line, asked: (pointing("/b") if b"GET /a" in asked else answering())(line, asked))
    fetch = fetcher_for(issuer).for_import()
    for _ in range(5):
        fetch(issuer.address("/a"))

    with pytest.raises(Unreachable) as told:
        fetch(issuer.address("/b"))

    assert told.value.why == "too-many"
    assert issuer.connections == 10


def test_nobody_turns_us_against_a_host_with_many_imports(stranger: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """People share what one host is asked; what is checked again by itself has its own, and other hosts theirs."""
    monkeypatch.setattr(client, "OF_A_HOST", Limit(3, 3600))
    victim = stranger(lambda line, asked: (pointing("/b") if b"GET /a" in asked else answering())(line, asked))
    names = [(name, victim.port) for name in ("victim.test", "other.test", "wallet.test")]
    fetcher = Fetcher(allow_http=True, allow=names, own="wallet.test", resolve=lambda *_: ["127.0.0.1"])

    def ask(name: str, path: str = "", *, is_chore: bool = False) -> Fetched:
        return fetcher.for_import(is_chore=is_chore)(f"http://{name}.test:{victim.port}/{path}")

    ask("victim", "a")
    ask("victim")
    assert victim.connections == 3, "a redirect counts"
    for path in ("", "a"):
        with pytest.raises(Unreachable) as told:
            ask("VICTIM", path)
        assert told.value.why == "too-often"
        assert told.value.why in client.WHYS
    assert victim.connections == 3
    assert ask("other").status == ask("victim", is_chore=True).status == 200
    assert [ask("wallet").status for _ in range(5)] == [200] * 5


def test_one_network_has_a_quarter_of_what_a_host_is_asked(stranger: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "OF_A_NETWORK", Limit(4, 3600))
    monkeypatch.setattr(client, "OF_A_REQUEST", 3)
    assert client.OF_A_HOST.amount == 4 * 900
    issuer = stranger(answering())
    fetcher = fetcher_for(issuer)

    def asks(who: Requester, times: int) -> list[str]:
        """What comes of so many imports, which one request makes."""

        def ask() -> str:
            try:
                return str(fetcher.for_import()(issuer.address()).status)
            except Unreachable as problem:
                return problem.why

        return [requester.run_for(who, ask)() for _ in range(times)]

    assert asks(Requester("198.51.100.0/24"), 5) == ["200", "200", "200", "too-often", "too-often"], "of one request"
    assert asks(Requester("198.51.100.0/24"), 3) == ["200", "too-often", "too-often"], "of one network"
    assert asks(Requester("192.0.2.0/24"), 3) == ["200"] * 3, "another one has its own"
    monkeypatch.setattr(client, "OF_A_HOST", Limit(7, 3600))
    monkeypatch.setattr(client, "OF_A_NETWORK", Limit(1, 3600))
    assert asks(Requester("203.0.113.0/24"), 1) == ["too-often"], "all together have what they had"
    monkeypatch.setattr(client, "OF_A_HOST", Limit(8, 3600))
    assert asks(Requester("203.0.113.0/24"), 1) == ["200"], "and what was not asked counts for nobody"


def web(folder: Path, **answers: object) -> Path:
    (folder / "issuer").mkdir(exist_ok=True)
    (folder / "issuer/badge.json").write_bytes(BADGE)
    (folder / "heart.png").write_bytes(b"\x89PNG")
    path = folder / "web.json"
    path.write_text(json.dumps({f"https://a.fr/{name}": answer for name, answer in answers.items()}))
    return path


def test_the_map_answers_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = MappedFetch(web(tmp_path, badge="issuer/badge.json", heart="heart.png", gone=410))
    monkeypatch.chdir("/")

    assert fetch("https://a.fr/badge") == Fetched(
        address="https://a.fr/badge", status=200, media_type="application/json", body=BADGE
    )
    assert fetch("https://a.fr/heart").media_type == "image/png"
    assert fetch("https://a.fr/badge#key-1").body == BADGE
    assert fetch("https://a.fr/gone") == Fetched(address="https://a.fr/gone", status=410, media_type="", body=b"")


def test_the_map_answers_nothing_else(tmp_path: Path) -> None:
    fetch = MappedFetch(web(tmp_path, badge="issuer/badge.json"))

    for address in ("https://a.fr/other", "http://a.fr/badge", "issuer/badge.json", "", "file:///etc/passwd"):
        with pytest.raises(Unreachable) as told:
            fetch(address)
        assert told.value.why == "no-answer"


@pytest.mark.parametrize("answer", ["nowhere.json", "issuer", "", 99, 600, True, None, 4.5, ["badge.json"], {}])
def test_a_map_that_cannot_be_meant_is_refused_with_a_sentence(tmp_path: Path, answer: object) -> None:
    with pytest.raises(
        FaultyAddressMap, match=r"https://a\.fr/badge needs the name of a file that is there, or an HTTP status"
    ):
        MappedFetch(web(tmp_path, badge=answer))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"a"', b"\xff"])
def test_what_is_no_map_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "web.json").write_bytes(content)

    with pytest.raises(FaultyAddressMap, match=r"web\.json (cannot be read as JSON|must hold one object)"):
        MappedFetch(tmp_path / "web.json")
    with pytest.raises(FaultyAddressMap, match="cannot be read"):
        MappedFetch(tmp_path / "not there")


def test_a_register_may_be_larger_and_is_asked_whether_it_is_another_one(stranger: Open) -> None:
    one = stranger(answering(b"x" * 5_000_000, "200 OK", 'ETag: W/"7"'))

    answer = fetcher_for(one).for_register('"6"')(one.address())

    assert (len(answer.body), answer.etag) == (5_000_000, 'W/"7"')
    assert b'\r\nIf-None-Match: "6"\r\n' in one.asked[0]
    one.serve = answering(b"x" * 5_000_001, "200 OK")
    with pytest.raises(Unreachable, match="too-big"):
        fetcher_for(one).for_register()(one.address())
    assert b"If-None-Match" not in one.asked[1]


@pytest.mark.parametrize("tag", ["x" * 301, '"\xe9"'])
def test_a_tag_that_cannot_be_kept_is_none(stranger: Open, tag: str) -> None:
    one = stranger(answering(BADGE, "200 OK", f"ETag: {tag}"))

    assert fetcher_for(one).for_register()(one.address()).etag == ""
    assert fetcher_for(one).for_import()(one.address()).etag == ""


def test_by_what_one_address_was_asked_the_next_one_is_not(stranger: Open) -> None:
    issuer = stranger(answering(BADGE, "200 OK"))
    fetch = fetcher_for(issuer).for_import()

    fetch(issuer.address(), (("If-None-Match", '"6"'),))
    fetch(issuer.address("/other"))

    assert [b"If-None-Match" in asked for asked in issuer.asked] == [True, False]


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        (["Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT", "Date: Tue, 24 Nov 2026 10:01:00 GMT"], True),
        (["Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT", "Date: Tue, 24 Nov 2026 10:00:00 GMT"], False),
        (["Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT"], False),
        (["Last-Modified: Tue, 24 Nov 2026 10:00:00 -0000", "Date: Tue, 24 Nov 2026 10:05:00 GMT"], False),
        (["Last-Modified: yesterday", "Date: Tue, 24 Nov 2026 10:05:00 GMT"], False),
    ],
)
def test_what_may_change_again_within_the_same_second_is_asked_for_whole(
    stranger: Open, headers: list[str], *, kept: bool
) -> None:
    """A list that is written twice in one second would else be told as it was after the first time, until the third."""
    issuer = stranger(answering(BADGE, "200 OK", *headers))

    told = fetcher_for(issuer).for_import()(issuer.address()).last_modified

    assert told == ("Tue, 24 Nov 2026 10:00:00 GMT" if kept else "")
