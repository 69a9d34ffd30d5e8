"""What an exchange with an issuer sends: to one address and no other, as it is, and what may come back."""

import re
import socket

import pytest

from tests.fixtures.fetchers import fetcher_for
from tests.fixtures.strangers import Open, Serve, Stranger, answering, hanging, names, pointing
from wallet.network.client import BIGGEST, BIGGEST_OF_EXCHANGE, OF_AN_EXCHANGE, Fetcher, ImportFetch, Outgoing
from wallet.openbadges import Unreachable

CODE = Outgoing(body=b"code=SplxlOBeZQ", headers=(("Content-Type", "application/x-www-form-urlencoded"),))


def taking(answer: Serve, whole: list[bytes] | None = None) -> Serve:
    """An issuer that reads all that is sent, then answers: whoever hangs up before cuts their own answer off."""

    def serve(line: socket.socket, asked: bytes) -> None:
        length = re.search(rb"content-length: (\d+)", asked, re.IGNORECASE)
        while length and len(asked.partition(b"\r\n\r\n")[2]) < int(length[1]):
            asked += line.recv(65536)
        if whole is not None:
            whole.append(asked)
        answer(line, asked)

    return serve


def why_not(fetch: ImportFetch, address: str, outgoing: Outgoing = CODE) -> str:
    with pytest.raises(Unreachable) as told:
        fetch.send(address, outgoing)
    return told.value.why


def test_what_is_sent_arrives_as_it_is_and_takes_nothing_else_along(stranger: Open) -> None:
    whole = list[bytes]()
    issuer = stranger(taking(answering(b"{}"), whole))
    outgoing = Outgoing(body=b"a=1&b=\xc3\xa9", headers=(("Accept", "application/json"), ("Authorization", "Bearer t")))

    answer = fetcher_for(issuer).for_exchange().send(issuer.address("/token?x=1"), outgoing)

    assert (answer.status, answer.body) == (200, b"{}")
    head, _, body = whole[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST /token?x=1 HTTP/1.1"
    assert body == b"a=1&b=\xc3\xa9"
    told = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert told["accept"] == "application/json", "not what badges are asked for with"
    assert told["authorization"] == "Bearer t"
    assert told["content-length"] == str(len(body))
    assert told.keys() == {
        *("host", "connection", "accept", "accept-encoding", "authorization", "content-length", "user-agent"),
    }


def test_nothing_at_all_may_be_sent_and_says_that_it_is_nothing(stranger: Open) -> None:
    whole = list[bytes]()
    issuer = stranger(taking(answering(b"{}"), whole))

    fetcher_for(issuer).for_exchange().send(issuer.address("/nonce"), Outgoing())

    assert b"content-length: 0" in whole[0].lower()
    assert b"accept:" not in whole[0].lower()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_code_is_told_to_no_other_address(stranger: Open, status: str) -> None:
    other = stranger(taking(answering(b"{}")))
    issuer = stranger(taking(pointing(other.address("/token"), status)))

    assert why_not(fetcher_for(issuer, other).for_exchange(), issuer.address("/token")) == "redirected"
    assert other.connections == 0


def test_a_question_that_carries_nothing_goes_where_it_is_pointed(stranger: Open) -> None:
    other = stranger(taking(answering(b'{"issuer": 1}')))
    issuer = stranger(pointing(other.address("/metadata")))

    answer = fetcher_for(issuer, other).for_exchange().send(issuer.address("/"), Outgoing("GET"))

    assert (answer.address, answer.body) == (other.address("/metadata"), b'{"issuer": 1}')


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "400 Bad Request", "401 Unauthorized", "500 Oh"])
def test_every_status_is_an_answer(stranger: Open, status: str) -> None:
    issuer = stranger(taking(answering(b'{"error": "invalid_grant"}', status)))

    answer = fetcher_for(issuer).for_exchange().send(issuer.address(), CODE)

    assert (answer.status, answer.body) == (int(status[:3]), b'{"error": "invalid_grant"}')


def test_answers_are_small_unless_a_badge_is_awaited(stranger: Open) -> None:
    just, more = (
        stranger(taking(answering(b"x" * BIGGEST_OF_EXCHANGE))),
        stranger(taking(answering(b"x" * (BIGGEST_OF_EXCHANGE + 1)))),
    )
    fetch = fetcher_for(just, more).for_exchange()

    assert len(fetch.send(just.address(), CODE).body) == BIGGEST_OF_EXCHANGE
    assert why_not(fetch, more.address()) == "too-big"
    assert len(fetch.send(more.address(), Outgoing(biggest=BIGGEST)).body) == BIGGEST_OF_EXCHANGE + 1


def test_packed_answers_are_none(stranger: Open) -> None:
    issuer = stranger(taking(answering(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip")))

    assert why_not(fetcher_for(issuer).for_exchange(), issuer.address()) == "no-answer"


@pytest.mark.breadth
def test_who_hangs_costs_their_own_time_alone(stranger: Open) -> None:
    issuer = stranger(hanging)

    assert why_not(fetcher_for(issuer, total=0.3).for_exchange(), issuer.address()) == "timeout"


@pytest.mark.parametrize("number", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1"])
def test_nothing_is_sent_into_a_private_network(canaries: Stranger, number: str) -> None:
    fetch = Fetcher(allow_http=True, resolve=names(issuer=number)).for_exchange()

    assert why_not(fetch, f"http://issuer.test:{canaries.port}/token") == "refused"
    literal = f"[{number}]" if ":" in number else number
    assert why_not(fetch, f"http://{literal}:{canaries.port}/token") == "refused"


def test_an_exchange_has_an_end(stranger: Open) -> None:
    issuer = stranger(taking(answering(b"{}")))
    fetch = fetcher_for(issuer).for_exchange()
    for _ in range(OF_AN_EXCHANGE):
        fetch.send(issuer.address(), Outgoing())

    assert why_not(fetch, issuer.address()) == "too-many"


def test_a_chore_takes_nothing_of_the_share_that_people_have(stranger: Open) -> None:
    issuer = stranger(taking(answering(b"{}")))
    fetcher = fetcher_for(issuer)
    fetcher.may_ask = lambda _host: False  # type: ignore[method-assign]

    assert fetcher.for_exchange(is_chore=True).send(issuer.address(), CODE).status == 200
    assert why_not(fetcher.for_exchange(), issuer.address()) == "too-often"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://fablab.example/offer", True),
        ("https://fablab.example:443/offer", True),
        ("https://93.184.215.14/", True),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", True),
        ("https://allowed.test:8443/", True),
        ("http://fablab.example/", False),
        ("https://fablab.example:8443/", False),
        ("https://fablab/", False),
        ("https://fablab.example./", False),
        ("https://localhost/", False),
        ("https://wallet.localhost/", False),
        ("https://printer.local/", False),
        ("https://router.home.arpa/", False),
        ("https://db.internal/", False),
        ("https://printer.\uff4cocal/", False),
        ("https://router.home\uff0earpa/", False),
        ("https://127.0.0.1/", False),
        ("https://10.1.2.3/", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://2130706433/", False),
        ("https://user@fablab.example/", False),
        ("ftp://fablab.example/", False),
        ("fablab.example", False),
        ("", False),
    ],
)
def test_whether_an_address_could_be_asked_is_seen_before_anybody_is(address: str, *, may: bool) -> None:
    assert Fetcher(allow=[("allowed.test", 8443)]).may_lead_to(address) is may
