"""What was laid on the shelf for something that then does not come about is let go by name, and waits for no sweep."""

from collections.abc import Callable

import pytest
from starlette.applications import Starlette

from tests.fixtures.chore import hosted
from tests.fixtures.visits import Clock, IssuersWeb, Person, holder
from tests.routes.test_offline_drafts import draft, sends
from wallet import evidence
from wallet.evidence import editing
from wallet.evidence.attachments import AttachmentRefused, NewAttachment
from wallet.openbadges import Fetched, Unreachable
from wallet.routes import offline_drafts as routes_drafts
from wallet.storage import file_removals


def rest_of(person: Person, clock: Clock) -> set[str]:
    """What lies on the shelf once what was let go is gone."""
    files = person.services.files
    file_removals.remove_scheduled(person.services.database, files, clock())
    return set(files.names())


@pytest.mark.parametrize("why", ["full", "busy", "late"])
@pytest.mark.breadth(beside=["busy"])
def test_a_draft_of_which_one_file_is_not_taken_leaves_none_of_those_before_it(
    why: str, app: Starlette, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    maria = holder(app)
    what, before = draft(maria, situation="work"), set(maria.services.files.names())
    files = [(f"plan{number}.bin", b"%d" % number * 4_000) for number in (1, 2)]
    real, received = evidence.receive_attachment, iter((True, False))

    def receive(read: Callable[[int], bytes], name: str) -> NewAttachment:
        if not next(received):
            raise AttachmentRefused("busy")
        return real(read, name)

    if why == "full":
        monkeypatch.setattr(editing, "ROOM", 6_000)
    elif why == "busy":
        monkeypatch.setattr(evidence, "receive_attachment", receive)
    else:
        moments = iter((0, 0, 200))
        monkeypatch.setattr(routes_drafts, "monotonic", lambda: next(moments))

    answer = sends(maria, what, *files)

    assert (answer.status_code, len(set(maria.services.files.names()) - before)) == (413 if why == "full" else 503, 1)
    assert rest_of(maria, clock) == before


def test_what_was_answered_before_an_issuer_was_asked_too_often_leaves_no_file(
    app: Starlette, web: IssuersWeb, clock: Clock
):
    """One answer is another than before, and lies on the shelf; the next one is not asked for."""
    maria = holder(app, ("badge.json", hosted(web, 1, "issuer.example")))
    before = set(maria.services.files.names())

    class Once(IssuersWeb):
        def __call__(self, address: str) -> Fetched:
            if not address.endswith("/1.json"):
                raise Unreachable(address, "too-often")
            return Fetched(address=address, status=200, media_type="", body=web[address] + b" ")

    maria.services.fetcher = Once()  # type: ignore[assignment]

    assert maria.post("/badges/1/verifications").headers["location"] == "/badges/1?done=later"

    assert len(set(maria.services.files.names()) - before) == 1
    assert rest_of(maria, clock) == before
