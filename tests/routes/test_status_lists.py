"""A tutor's word before the world: valid at two tools of others, refused by both once it is withdrawn, and never bent."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.signed_words import ORIGIN, both_say, keep_word, ours_says
from tests.fixtures.visits import Clock, Stranger
from tests.openbadges.support import others
from wallet import endorsements
from wallet.settings import Settings
from wallet.web.services import Services

DID = f"{ORIGIN}/.well-known/did.json"
pytestmark = pytest.mark.slow


class Signed:
    """A wallet whose words are looked at by strangers."""

    def __init__(self, services: Services, stranger: Stranger) -> None:
        self.services, self.stranger = services, stranger
        self.holder = somebody_with_a_key(services.database)

    def word(self, **members: Any) -> bytes:
        """One more, signed."""
        services = self.services
        _, document = keep_word(
            services.database, services.files, services.keyring, self.holder, services.clock(), **members
        )
        return document

    def withdraw(self, *documents: bytes) -> None:
        """These are taken back."""
        entries = [json.loads(one)["credentialStatus"] for one in documents]
        with self.services.database.writing() as session:
            for one in entries:
                place = int(one["statusListCredential"].rpartition("/")[2]), [int(one["statusListIndex"])]
                endorsements.set_withdrawn(session, *place)

    def web(self) -> dict[str, str]:
        """What others are answered who verify: who we are, and the list."""
        return {DID: self.stranger.get("/.well-known/did.json").text} | {
            f"{ORIGIN}{path}": self.stranger.get(path).text for path in ("/status/1",)
        }

    def ours(self, document: bytes) -> str:
        """What our own engine says."""
        return ours_says(document, self.web(), self.services.clock())


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A did:web is asked for over https alone."""
    return replace(settings, origin=ORIGIN)


@pytest.fixture
def signed(app: Starlette, recruiter: Stranger, clock: Clock) -> Signed:
    clock.now = datetime.now(UTC)  # others look at their own clock
    return Signed(app.state.services, recruiter)


@others.needs_npm
@others.needs_library
def test_a_word_is_valid_at_two_others_until_it_is_withdrawn_and_bent_ones_never(signed: Signed) -> None:
    voice = {"recording": "ab" * 32, "media_type": "audio/ogg", "sentence": ""}
    words = kept, spoken, taken = signed.word(afest=["analysis"]), signed.word(**voice), signed.word()
    before = signed.web()
    signed.withdraw(taken)
    after, crooked = signed.web(), list(bent(json.loads(kept)))

    said = both_say([(one, before) for one in words] + [(one, after) for one in (kept, taken, *crooked)])

    assert said[:4] == [(True, "")] * 4
    assert said[4][0] is False
    assert "is set at index" in said[4][1]
    assert [(valid, bool(why)) for valid, why in said[5:]] == [(False, True)] * len(crooked)
    assert [ours_says(one, before, signed.services.clock()) for one in (kept, spoken, taken)] == ["valid"] * 3
    assert [signed.ours(kept), signed.ours(taken)] == ["valid", "revoked"]
    assert {signed.ours(one) for one in crooked} == {"invalid"}


def bent(word: Mapping[str, Any]) -> Iterator[bytes]:
    """*word* with one thing in it that its tutor did not say, or without one that was signed."""
    changes: tuple[Callable[[Any], object], ...] = (
        lambda one: one["credentialSubject"].update(endorsementComment="Elle sait tout."),
        lambda one: one["credentialSubject"].update(id="urn:uuid:00000000-0000-4000-8000-000000000000"),
        lambda one: one.update(description="Le président de la Région."),
        lambda one: one["relatedResource"][0].update(digestSRI="sha384-" + "A" * 64),
        lambda one: one.pop("credentialStatus"),
        lambda one: one["credentialStatus"].update(statusListIndex="1"),
        lambda one: one.update(validUntil="2099-01-01T00:00:00Z"),
        lambda one: one["issuer"].update(name="Préfecture"),
    )
    for change in changes:
        other = copy.deepcopy(dict(word))
        change(other)
        yield json.dumps(other, ensure_ascii=False).encode()


@pytest.mark.soak
@others.needs_npm
@others.needs_library
def test_a_hundred_words_are_valid_at_two_others_and_a_hundred_are_refused_once_withdrawn(signed: Signed) -> None:
    words = [signed.word(sentence=f"Je l’ai vue {count} fois.") for count in range(100)]
    before = signed.web()
    assert both_say([(one, before) for one in words]) == [(True, "")] * 100

    signed.withdraw(*words)

    after = signed.web()
    said = both_say([(one, after) for one in words])
    assert [valid for valid, _ in said] == [False] * 100
    assert ["is set at index" in why for _, why in said] == [True] * 100


def test_what_is_withdrawn_is_in_the_list_at_the_next_request(signed: Signed) -> None:
    word = signed.word()
    assert signed.ours(word) == "valid"

    signed.withdraw(word)

    assert signed.ours(word) == "revoked"


def test_a_list_is_signed_anew_before_it_ends(signed: Signed, clock: Clock) -> None:
    word = signed.word()
    before = signed.web()[f"{ORIGIN}/status/1"]
    assert signed.web()[f"{ORIGIN}/status/1"] == before

    clock.move(days=1)

    assert signed.web()[f"{ORIGIN}/status/1"] != before
    assert signed.ours(word) == "valid"


def test_any_site_may_read_a_list_and_who_signed_it(signed: Signed) -> None:
    signed.word()
    for path in ("/status/1", "/.well-known/did.json"):
        answer = signed.stranger.get(path)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-cache"
        assert "set-cookie" not in answer.headers


def test_a_list_that_is_none_is_not_there(signed: Signed) -> None:
    assert signed.stranger.get("/status/7").status_code == 404
