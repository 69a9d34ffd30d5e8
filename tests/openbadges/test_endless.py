"""What would stop the wallet, or keep it busy: each did once, none may again.

A badge is signed by whoever likes, with a key that is its own name; so all that comes behind a good signature is as
hostile as what comes before it.
"""

import gc
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785

from tests.openbadges.support import guild, hostile
from tests.openbadges.support.processor import within
from wallet.inspection import unpacking
from wallet.openbadges import Ambiguous, DamagedFile, NotABadge, identity_kind
from wallet.openbadges.carriers import web_pages
from wallet.openbadges.opening import open_document
from wallet.openbadges.proofs import data_integrity
from wallet.openbadges.proofs.multibase import to_base64url

UNMAPPED = "x"
"""A member that no context defines: anybody may add it, and what is signed is then told from what is not."""


@contextmanager
def in_memory(mebibytes: int, *, left: bool = False) -> Iterator[None]:
    """What is done in it holds no more at any moment; or, once it is *left*, leaves no more behind."""
    tracemalloc.start()
    try:
        yield
        gc.collect()
        assert tracemalloc.get_traced_memory()[0 if left else 1] < mebibytes * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("now", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_a_clock_at_the_end_of_all_years_is_only_wrong(now: datetime) -> None:
    made = guild.signed(guild.badge())

    assert guild.examine(made, now=now).state in ("expired", "not-yet-valid", "unknown")


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it | {"@id": it.pop("id"), UNMAPPED: 1},
        lambda it: it | {UNMAPPED: [{} for _ in range(9_990)]},
    ],
    ids=["an id under its other name", "more members once each has an id"],
)
def test_what_cannot_be_told_from_what_is_signed_is_not_believed(change: Any) -> None:
    """The document is read once more with marks in it, and some that were readable are not with marks."""
    found = guild.examine(change(guild.signed(guild.badge())))

    assert found.check("intact").reason == "not-canonicalisable"
    assert (found.state, found.unsigned) == ("unknown", ())


@pytest.mark.breadth
def test_fifteen_thousand_members_that_nobody_signed_are_told_at_once() -> None:
    junk = {f"{UNMAPPED}{number}": 1 for number in range(15_000)}

    with within(2):
        found = guild.examine(guild.signed(guild.badge()) | junk)

    assert (found.state, len(found.unsigned)) == ("valid", 200)


@pytest.mark.parametrize("kind", ["Aa", "://"])
def test_a_kind_whose_name_is_a_whole_file_keeps_nobody_waiting(kind: str) -> None:
    """It was taken apart into words, or at each colon, again and again: seconds in which nobody else was answered."""
    told = {"type": ["VerifiableCredential", kind * 1_500_000], "credentialSubject": {"id": "did:example:sonia"}}
    written = json.dumps(told).encode()

    with within(1):
        assert identity_kind(written) == ""


def test_how_else_a_large_badge_may_have_been_signed_is_told_at_once() -> None:
    """Two patterns went through all of its letters, a quarter of a second in which nobody else was answered."""
    written = guild.badge() | {"name": "A " * 2_200_000}
    # Whoever is first reads the index of contexts, and asks the machine for memory.
    list(data_integrity._further_readings(written, "rdfc"))

    with within(0.1):
        found = list(data_integrity._further_readings(written, "rdfc"))  # all else takes as long

    assert not any(reading.old_escapes or reading.as_doubles for reading in found)


def test_a_drawing_whose_first_tag_never_ends_keeps_nobody_waiting() -> None:
    """Its attributes are read in one step: for a second nobody else was answered. Many elements with some each are read."""
    endless = hostile.svg().replace(
        b"<svg ", b"<svg " + b" ".join(b'a%d="1"' % number for number in range(400_000)) + b" "
    )
    drawn = "".join(f'<path d="M0 0" id="p{number}"/>' for number in range(30_000))

    with within(0.2), pytest.raises(DamagedFile, match="attributes"):
        open_document(endless)
    assert open_document(hostile.svg(drawn + hostile.element(hostile.WRITTEN))).container == "svg"
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(DamagedFile, match="attributes"):
            open_document(endless[: endless.index(b'a30000="1"')].decode().encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_drawing_that_holds_another_one_in_an_address_is_read(encoding: str) -> None:
    """The logo of Maria's school lies in the picture, or in the badge, as `data:` and not in base64: its attributes are none."""
    logo = "data:image/svg+xml," + "%3Cpath d='M0 0' fill='red'/%3E" * 11_000
    written = json.dumps(json.loads(hostile.WRITTEN) | {"image": logo})

    for drawn in (f'<image href="{logo}"/>' + hostile.element(hostile.WRITTEN), hostile.element(written)):
        assert open_document(hostile.svg(drawn).decode().encode(encoding)).container == "svg"


def test_a_long_name_around_many_members_is_not_written_out_for_each() -> None:
    """A thousand members under a name of 200,000 letters were 200 MiB of pointers, and 19,000 were the machine."""
    junk = {UNMAPPED * 200_000: [{} for _ in range(1_000)]}

    with in_memory(100):
        found = guild.examine(guild.signed(guild.badge()) | junk)

    assert found.check("intact").reason == "not-canonicalisable"


@pytest.mark.breadth
def test_long_names_within_long_names_are_not_written_out_for_each() -> None:
    inner: Any = {f"{UNMAPPED}{number}": {} for number in range(1_000)}
    for _ in range(40):
        inner = {UNMAPPED * 5_000: inner}
    own = {"@context": [guild.VC2, guild.OB3, {"@vocab": "urn:words#"}], "evidence": inner}
    made = guild.signed(guild.badge(**own))

    with in_memory(100):
        found = guild.examine(made)

    assert (found.state, found.check("intact").outcome) == ("unknown", "passed")


@pytest.mark.breadth
def test_sixty_texts_of_seven_mebibytes_are_not_inflated_to_be_counted() -> None:
    """Sixty of them were 424 MiB, and the two hundred that a PNG may have 1.4 GiB."""
    text = hostile.chunk(b"zTXt", b"openbadges\0\0" + hostile.bomb(7 * 2**20))

    with in_memory(10), pytest.raises(Ambiguous, match="two-badges"):
        guild.examine(hostile.png(*[text] * 60))


def test_two_million_empty_chunks_are_not_walked_through() -> None:
    """They fit in the 25 MiB of a photo, and took 3 s each time somebody looked: anybody who shows a rescue paper may bring one."""
    photo = hostile.png(hostile.chunk(b"tIME", b"") * 2_000_000)

    with within(0.5):
        assert unpacking.qr_codes_in(photo) == []


def test_twenty_thousand_chunks_are_a_picture() -> None:
    picture = hostile.png(hostile.chunk(b"tIME", b"") * 20_000 + hostile.itxt(hostile.WRITTEN.encode()))

    assert open_document(picture).container == "png"


@pytest.mark.breadth
def test_the_name_of_an_unknown_encoding_is_not_remembered() -> None:
    """Python keeps each that it is asked for, for ever: a ZIP of 40 KB with eight drawings took 40 MB, and so did the next one."""
    drawing = b'<?xml version="1.0" encoding="klingon' + b"a" * 4_000_000 + b'"?>' + hostile.svg()

    with in_memory(1, left=True), pytest.raises(DamagedFile, match="damaged"):
        open_document(drawing)


@pytest.mark.parametrize(
    "letters", ["UTF-8", "utf8", "US-ASCII", "ISO-8859-1", "iso-8859-15", "windows-1252", "macintosh"]
)
def test_a_drawing_may_be_written_in_letters_that_python_knows(letters: str) -> None:
    declared = f'<?xml version="1.0" encoding="{letters}"?>'.encode()

    assert open_document(declared + hostile.svg(hostile.element(hostile.WRITTEN))).container == "svg"


@pytest.mark.breadth
def test_a_key_with_a_megabyte_beside_it_is_not_remembered() -> None:
    """It was among the thousand keys that are."""
    written = b"\xd1\xd6\x03" + rfc8785.dumps(guild.jwk(guild.KEY, words="a" * 1_000_000))
    key = f"did:key:u{to_base64url(written)}"
    made = guild.signed(guild.badge())
    made |= {"issuer": key, "proof": made["proof"] | {"verificationMethod": f"{key}#{key[8:]}"}}

    with in_memory(1, left=True):
        found = guild.examine(made).check("intact")

    assert (found.outcome, found.reason) == ("failed", "key-malformed")


def test_an_address_of_a_megabyte_is_not_remembered() -> None:
    """It was among the hundred that are, twice: as it was written, and in its parts."""
    issuer = f"https://school.example/{'a' * 1_000_000}"
    made = guild.signed(guild.badge())
    made |= {"issuer": issuer, "proof": made["proof"] | {"verificationMethod": f"{issuer}#key"}}
    page = b'<html><script type="application/ld+json">{"assertion_url": "%s"}</script></html>' % issuer[:-200].encode()

    with in_memory(1, left=True):
        found = guild.examine(made).check("intact")
        named = [hint for hint in web_pages.hints(page, "") if isinstance(hint, str)]

    assert (found.outcome, found.reason, named) == ("unknown", "issuer-not-resolvable", [])


def test_a_proof_that_follows_ten_thousand_others_is_refused_at_once() -> None:
    """Each name was looked for in all the others: 3 s for ten thousand, 20 minutes for what 5 MiB hold."""
    made, names = guild.signed(guild.badge()), [f"urn:{number}" for number in range(10_000)]
    made["proof"] = [made["proof"] | {"previousProof": names}, *({"id": name} for name in names)]

    with within(1):
        found = guild.examine(made)

    assert found.check("intact").reason == "not-canonicalisable"


@pytest.mark.parametrize("contexts", [[guild.VC2, guild.OB3] * 300, [guild.VC2, *[{}] * 5_000]])
def test_contexts_named_again_and_again_are_not_applied_again_and_again(contexts: list[Any]) -> None:
    """Six hundred took 10 s, in all the readings of a proof that does not fit."""
    made = guild.signed(guild.badge()) | {"name": "Docteur", "@context": contexts}

    with within(1):
        found = guild.examine(made)

    assert found.check("intact").reason == "not-canonicalisable"


def test_six_proofs_of_one_large_document_are_not_all_read() -> None:
    """Each reads it whole: six good ones took 4 s."""
    made = guild.signed(guild.badge(evidence=[{"id": f"urn:{number}", "name": "x"} for number in range(3_000)]))

    with within(2):
        found = guild.examine(made | {"proof": [made["proof"]] * 6, UNMAPPED: 1})

    assert found.check("intact").reason == "too-many-proofs"
    assert guild.examine(made | {"proof": [made["proof"]] * 2}).state == "valid"


def test_a_token_of_nothing_but_objects_is_not_read_again_and_again() -> None:
    """Most of a million in 5 MB were read five times before anything was looked at: 5 s, and 250 MB."""
    claims = {"type": ["VerifiableCredential"], "credentialSubject": [{"": {}}] * 350_000}

    with within(2), pytest.raises(NotABadge):
        guild.examine(hostile.token({"alg": "ES256"}, claims, b"x"))


def test_what_a_token_says_is_read_once() -> None:
    found = open_document(hostile.token({"alg": "ES256"}, {"type": ["VerifiableCredential"]}, b"x").encode())

    assert found.claims is found.claims
