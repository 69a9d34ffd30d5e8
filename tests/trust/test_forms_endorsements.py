"""A register that is signed: endorsements of issuers count where they are valid, and by whoever is pinned alone."""

import json
from typing import Any

import pytest

from tests.fixtures.registers import NOW, REGION, RIVES, endorsement
from tests.openbadges.support import guild
from wallet.openbadges import Fetched
from wallet.trust import forms
from wallet.trust.forms import FaultyRegister, ReadRegister

REGION_DID = guild.did(REGION)


def read(*told: Any, anchor: str = REGION_DID) -> ReadRegister:
    """One endorsement as it is, several in a list."""
    content = json.dumps(told[0] if len(told) == 1 else list(told)).encode()
    return forms.read_register(content, NOW, anchor=anchor, fetch=guild.web().fetch)


def faults(*told: Any, anchor: str = REGION_DID) -> list[str]:
    with pytest.raises(FaultyRegister) as problem:
        read(*told, anchor=anchor)
    return problem.value.faults


def test_a_region_signs_which_issuers_it_knows() -> None:
    found = read(endorsement(validUntil="2027-06-30T00:00:00Z"))

    assert (found.form, found.name, found.signed_by) == ("endorsement", "Région d’essai", REGION_DID)
    assert found.issued_at == NOW.replace(month=2, day=1, hour=0)
    [one] = found.entries
    assert (one.match, one.name) == (RIVES["id"], RIVES["name"])
    assert (one.since, one.until) == (found.issued_at, NOW.replace(year=2027, month=6, day=30, hour=0))


def test_an_endorsement_in_a_token_is_read_alike() -> None:
    claims = {name: value for name, value in endorsement().items() if name != "proof"}
    told = {"iss": REGION_DID, "sub": RIVES["id"], "jti": "urn:uuid:e1"}
    token = guild.token(claims | told, REGION)

    assert forms.read_register(token.encode(), NOW, anchor=REGION_DID).entries == read(endorsement()).entries
    assert forms.read_register(json.dumps([token]).encode(), NOW).signed_by == REGION_DID


def test_an_issuer_that_the_region_does_not_name_is_called_by_its_host() -> None:
    subject = {"id": RIVES["id"], "type": ["EndorsementSubject"]}

    assert read(endorsement(credentialSubject=subject)).entries[0].name == "rives.example"


def test_several_of_one_region_are_one_register() -> None:
    found = read(endorsement(), endorsement("did:web:greta.example"))

    assert [one.match for one in found.entries] == [RIVES["id"], "did:web:greta.example"]
    assert faults(endorsement(), endorsement()) == [f"names {RIVES['id']} more than once."]


def test_who_signs_must_be_whoever_is_pinned() -> None:
    assert faults(endorsement(), anchor="did:web:other.example") == [
        f"is signed by {REGION_DID[:80]}, and must be by did:web:other.example."
    ]
    assert read(endorsement(), anchor="").signed_by == REGION_DID


def test_endorsements_of_several_are_no_register() -> None:
    other = endorsement(
        "did:web:greta.example", guild.KEY, issuer={"id": guild.did(), "type": ["Profile"], "name": "Guild"}
    )

    assert faults(endorsement(), other, anchor="") == [
        "has endorsements of several: each may have a register of its own."
    ]


def test_what_was_changed_is_signed_by_another_key_or_has_ended_does_not_count() -> None:
    changed = endorsement()
    changed["credentialSubject"]["id"] = "https://stranger.example"
    for told, why in (
        (changed, "invalid (signature-does-not-match)"),
        (endorsement(key=guild.KEY), "invalid (another-key)"),
        (endorsement(validUntil="2026-10-01T00:00:00Z"), "expired (ended)"),
        (endorsement(validFrom="2026-12-01T00:00:00Z"), "not-yet-valid (not-begun)"),
        ({k: v for k, v in endorsement().items() if k != "proof"}, "unknown (unsigned)"),
    ):
        [fault] = faults(told)
        assert fault.startswith("has an endorsement in entry 1 that does not count: it is "), fault
        assert why.partition(" ")[0] in fault


def test_one_that_the_region_withdrew_does_not_count() -> None:
    listed = guild.signed(guild.status_list([42], issuer=REGION_DID), REGION)
    told = endorsement(credentialStatus=guild.status())
    content = json.dumps(told).encode()

    with pytest.raises(FaultyRegister, match="it is revoked"):
        forms.read_register(content, NOW, fetch=guild.web({guild.LIST: listed}).fetch)
    with pytest.raises(FaultyRegister, match="it is unknown"):
        forms.read_register(content, NOW)


def test_what_the_region_withdrew_or_let_end_is_left_out_and_the_others_count_on() -> None:
    """An honest tick: else its whole register was no answer, and whom it had withdrawn stayed vouched for until it was stale."""
    listed = guild.signed(guild.status_list([42], issuer=REGION_DID), REGION)
    told = [
        endorsement(credentialStatus=guild.status()),
        endorsement("did:web:ended.example", validUntil="2026-10-01T00:00:00Z"),
        endorsement("did:web:greta.example", credentialStatus=guild.status("7")),
    ]

    found = forms.read_register(json.dumps(told).encode(), NOW, fetch=guild.web({guild.LIST: listed}).fetch)

    assert [one.match for one in found.entries] == ["did:web:greta.example"]
    assert found.remarks == (
        "has an endorsement in entry 1 that does not count: it is revoked (revoked).",
        "has an endorsement in entry 2 that does not count: it is expired (ended).",
    )


def test_the_keys_and_the_list_of_a_region_are_asked_once_for_all_that_it_signed() -> None:
    """All issuers that it knows are known here: one import asks a host ten times, and each endorsement asked twice."""
    by = guild.WEB_DID
    profile = {"id": by, "type": ["Profile"], "name": "Région d’essai"}
    told = [
        guild.signed(
            {name: one for name, one in endorsement(f"did:web:{number}.example").items() if name != "proof"}
            | {"issuer": profile, "credentialStatus": guild.status(str(number))},
            by=f"{by}#key-1",
        )
        for number in range(12)
    ]
    listed = guild.signed(guild.status_list(issuer=by), by=f"{by}#key-1")
    document = f"https://{guild.HOST}/.well-known/did.json"
    web, asked = guild.web({guild.LIST: listed, document: guild.did_document()}), list[str]()

    def fetch(address: str) -> Fetched:
        asked.append(address)
        return web.fetch(address)

    found = forms.read_register(json.dumps(told).encode(), NOW, anchor=by, fetch=fetch)

    assert len(found.entries) == 12
    assert sorted(asked) == [document, guild.LIST]


def test_a_region_that_calls_itself_otherwise_today_is_the_same() -> None:
    """By its DID, and not by its name: whoever runs the wallet reads no error of ours."""
    profile = {"id": REGION_DID, "type": ["Profile"], "name": "Région nouvelle"}
    told = endorsement("did:web:greta.example", issuer=profile, validFrom="2026-03-01T00:00:00Z")

    for anchor in (REGION_DID, ""):
        found = read(told, endorsement(), anchor=anchor)
        assert (found.name, found.signed_by, len(found.entries)) == ("Région nouvelle", REGION_DID, 2)


def test_whoever_took_a_key_from_a_region_neither_names_nor_dates_its_register() -> None:
    """An honest tick: what a withdrawn key signs counts for nobody, and is left out where it says that it has ended."""
    by = guild.WEB_DID
    withdrawn = {
        "id": f"{by}#key-0",
        "type": "Multikey",
        "controller": by,
        "publicKeyMultibase": guild.multikey(guild.OTHER_KEY),
        "revoked": "2026-05-01T00:00:00Z",
    }
    document = guild.did_document()
    document = {name: [*one, withdrawn] if isinstance(one, list) else one for name, one in document.items()}

    def signed(name: str, key: Any, method: str, **members: Any) -> dict[str, Any]:
        whole = endorsement(issuer={"id": by, "type": ["Profile"], "name": name}, **members)
        return guild.signed({name: one for name, one in whole.items() if name != "proof"}, key, by=f"{by}#{method}")

    ended = {"validFrom": "2026-11-01T00:00:00Z", "validUntil": "2026-11-02T00:00:00Z"}
    told = [signed("Région d’essai", guild.KEY, "key-1"), signed("Moi", guild.OTHER_KEY, "key-0", **ended)]

    found = forms.read_register(
        json.dumps(told).encode(), NOW, anchor=by, fetch=guild.web({guild.DID_DOCUMENT: document}).fetch
    )

    assert (found.name, found.issued_at) == ("Région d’essai", NOW.replace(month=2, day=1, hour=0))
    assert found.remarks == ("has an endorsement in entry 2 that does not count: it is expired (key-revoked).",)


def test_what_the_region_withdrew_before_it_began_does_not_date_its_register() -> None:
    """Whoever is known here stays so: else the whole register was one made in the future."""
    listed = guild.signed(guild.status_list([42], issuer=REGION_DID), REGION)
    early = endorsement("did:web:early.example", validFrom="2027-06-01T00:00:00Z", credentialStatus=guild.status())

    found = forms.read_register(
        json.dumps([endorsement(), early]).encode(), NOW, fetch=guild.web({guild.LIST: listed}).fetch
    )

    assert [one.match for one in found.entries] == [RIVES["id"]]
    assert found.issued_at == NOW.replace(month=2, day=1, hour=0)


def test_a_region_need_not_say_its_name_each_time() -> None:
    """Whoever runs the wallet reads who speaks, and need not say it."""
    newest = endorsement("did:web:greta.example", issuer=REGION_DID, validFrom="2026-03-01T00:00:00Z")

    found = read(endorsement(), newest)

    assert (found.name, found.issued_at) == ("Région d’essai", NOW.replace(month=3, day=1, hour=0))


def test_a_badge_is_no_endorsement_of_an_issuer() -> None:
    assert faults(guild.signed(guild.badge()), anchor="") == [
        "has no endorsement of an issuer in entry 1 (no-endorsement)."
    ]
    assert faults("eyJ.x.y", anchor="") == ["has no endorsement of an issuer in entry 1 (broken-token)."]


def test_an_endorsement_of_something_that_is_no_issuer_is_refused() -> None:
    assert faults(endorsement("urn:uuid:b1")) == ["must say the id of entry 1 as an https address or a DID."]


def test_each_is_verified_so_that_there_is_an_end_to_how_many() -> None:
    assert faults(*[{"credentialSubject": {}}] * 201) == ["has 201 endorsements; 200 are read at most."]
