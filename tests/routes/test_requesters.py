"""For whom is asked and worked: the network of each request, in whatever thread it is done."""

from starlette.applications import Starlette

from tests.fixtures.visits import IssuersWeb, Person, holder
from tests.routes.test_waiting import hosted
from wallet.concurrency import requester
from wallet.openbadges import Fetched, Unreachable


def test_what_is_asked_for_a_request_is_asked_for_its_network(app: Starlette):
    """Whatever thread asks: those of an upload with several files, that of a link, those that check badges again."""
    asked = list[tuple[str, int]]()

    class For(IssuersWeb):
        def __call__(self, address: str) -> Fetched:
            who = requester.current_requester()
            asked.append((who.network, id(who)) if who else ("", 0))
            raise Unreachable(address, "no-answer")

    maria = holder(app, ("badge.json", hosted()))
    app.state.services.fetcher = For()  # type: ignore[assignment]
    Person(app, address="198.51.100.7").brings(*((f"{n}.txt", b"https://silent.example/%d" % n) for n in range(8)))
    of_files = set(asked)
    asked.clear()
    Person(app, address="198.51.100.8").brings(link="https://silent.example/a")
    maria.post("/badges/1/verifications")

    assert [network for network, _ in of_files] == ["198.51.100.0/24"], "and all files are one request"
    assert {network for network, _ in asked} == {"198.51.100.0/24", "203.0.113.0/24"}
    assert requester.current_requester() is None
