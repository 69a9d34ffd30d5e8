"""A tutor's word before the world: valid at two tools of others, refused by both once it is withdrawn, and never bent."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.asked import NADIA
from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.signed_words import ORIGIN, both_say, keep_word, ours_says
from tests.fixtures.visits import Clock, Person, Stranger, holder
from tests.openbadges.support import others
from wallet import endorsements
from wallet.endorsements import answering
from wallet.endorsements.signing import sign_again
from wallet.settings import Settings
from wallet.storage.keyring import Keyring, replace_signing_key
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

    def replaced(self, *, leaves: bool) -> Keyring:
        """The keys once that one signs no more which does now; it may have left, too."""
        assert isinstance(self.services.settings.keys, Path)
        known, new = self.services.keyring.multikey, self.services.settings.keys.with_name(f"{leaves}.json")
        replace_signing_key(self.services.settings.keys, known, leaves=known if leaves else "", to=new)
        return Keyring(new)

    def under(self, keyring: Keyring) -> dict[str, str]:
        """What others are answered when these are the keys."""
        with self.services.database.reading() as session:
            bits, _ = endorsements.read_status_list(session, 1)
        signer, address = endorsements.signer_of(ORIGIN, keyring), f"{ORIGIN}/status/1"
        listed, _ = endorsements.publish_status_list(bits, address, signer, self.services.clock())
        return {DID: json.dumps(keyring.did_document(ORIGIN)), address: listed}

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
@pytest.mark.breadth
def test_a_word_is_valid_at_two_others_until_it_is_withdrawn_and_bent_ones_never(
    signed: Signed, app: Starlette
) -> None:
    """One of them goes the whole way: Sonia asks for it, keeps it, takes its file home, and takes it back."""
    voice = {"recording": "ab" * 32, "media_type": "audio/ogg", "sentence": ""}
    sonia = holder(app)
    at = asked_and_kept(sonia)
    words = kept, spoken, taken = signed.word(afest=["analysis"]), signed.word(**voice), sonia.get(f"{at}/file").content
    before = signed.web()
    assert sonia.post(f"{at}/withdrawal").status_code == 303
    after, crooked = signed.web(), list(bent(json.loads(kept)))

    said = both_say([(one, before) for one in words] + [(one, after) for one in (kept, taken, *crooked)])

    assert said[:4] == [(True, "")] * 4
    assert said[4][0] is False
    assert "is set at index" in said[4][1]
    assert [(valid, bool(why)) for valid, why in said[5:]] == [(False, True)] * len(crooked)
    assert [ours_says(one, before, signed.services.clock()) for one in (kept, spoken, taken)] == ["valid"] * 3
    assert [signed.ours(kept), signed.ours(taken)] == ["valid", "revoked"]
    assert {signed.ours(one) for one in crooked} == {"invalid"}


def asked_and_kept(sonia: Person) -> str:
    """Nadia’s word on a moment of Sonia’s: its page."""
    moment = sonia.tells(*sonia.has(), facts="Un client était en colère.")
    sonia.post(f"{moment}/requests", data={"part": ["facts"], "name": "Sonia", "key": "0" * 32})
    given = sonia.services.database.write(answering.give_endorsement, 1, NADIA, "hers", sonia.services.clock())
    at = f"/endorsements/{given.id}"
    assert sonia.post(f"{at}/acceptance").status_code == 303
    return at


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


@pytest.mark.soak
@others.needs_npm
@others.needs_library
def test_others_believe_what_a_retired_key_signed_and_of_a_compromised_one_what_was_signed_anew(signed: Signed) -> None:
    """Each in a process of its own: verifier-core keeps in mind whom it asked."""
    word, new = signed.word(), signed.replaced(leaves=True)
    retired, compromised = signed.under(signed.replaced(leaves=False)), signed.under(new)
    again = sign_again(word, endorsements.signer_of(ORIGIN, new), signed.services.clock())

    assert both_say([(word, retired)]) == [(True, "")]
    refused, anew = both_say([(word, compromised), (again, compromised)])
    assert refused[0] is False
    assert "no verificationMethod with id" in refused[1]
    assert anew == (True, "")


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
