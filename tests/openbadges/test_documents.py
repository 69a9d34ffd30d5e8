"""What a person may send: each kind is told by its content, and each refusal has its own word."""

import json
import tracemalloc
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import hostile
from wallet.openbadges import opening
from wallet.openbadges.examination import Ambiguous, DamagedFile, Fetched, NotABadge, Unreachable, UnreadableBadge, Web
from wallet.openbadges.proofs.signed_texts import SignedText

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ADDRESS = "https://school.example/assertions/1"
BADGE = hostile.WRITTEN.encode()
TOKEN = hostile.token({"alg": "RS256"}, hostile.ASSERTION, b"signature")

DECLARED = '<?xml version="1.0" encoding="UTF-16"?>'


def web(**answers: bytes | int | str) -> Web:
    """An issuer's web in which `one`, `two`… answer with a body, with a status, or (a word) not at all."""

    def fetch(address: str) -> Fetched:
        answer = answers.get(address.rpartition("/")[2], 404)
        if isinstance(answer, str):
            raise Unreachable(address, answer)
        status, body = (answer, b"") if isinstance(answer, int) else (200, answer)
        return Fetched(address=address, status=status, media_type="", body=body)

    return Web(fetch, NOW)


@rows(
    ("document", "container", "what"),
    [
        (BADGE, "json", "json"),
        (b"\xef\xbb\xbf\n " + BADGE, "json", "json"),
        (TOKEN.encode(), "jws", "signed"),
        (f'  "{TOKEN}"\n'.encode(), "jws", "signed"),
        (f" {ADDRESS}\n".encode(), "link", "link"),
        (hostile.png(hostile.itxt(BADGE)), "png", "json"),
        (hostile.png(hostile.itxt(TOKEN.encode())), "png", "signed"),
        (hostile.png(hostile.text(ADDRESS.encode())), "png", "link"),
        (hostile.svg(hostile.element(hostile.WRITTEN)), "svg", "json"),
        (hostile.svg(hostile.element("", TOKEN)), "svg", "signed"),
        (hostile.svg(hostile.element("", ADDRESS)), "svg", "link"),
        (b"\n" + hostile.svg(hostile.element(hostile.WRITTEN)) + b"\n", "svg", "json"),
        (hostile.svg(hostile.element(hostile.WRITTEN)).decode().encode("utf-16"), "svg", "json"),
        (hostile.svg(hostile.element("", TOKEN), DECLARED).decode().encode("utf-16"), "svg", "signed"),
    ],
)
def test_maria_may_send_her_badge_in_any_shape(document: bytes, container: str, what: str) -> None:
    found = opening.open_document(document)

    assert found.container == container
    assert getattr(found, what) in (hostile.ASSERTION, SignedText(TOKEN), ADDRESS)
    assert found.is_open == (what != "link")
    assert found.claims == (hostile.ASSERTION if what != "link" else {})


@rows(
    ("shelf", "kind", "reason"),
    [
        (hostile.DAMAGED, DamagedFile, "damaged"),
        (hostile.TOO_BIG, DamagedFile, "too-big"),
        (hostile.BROKEN_JSON, DamagedFile, "broken-json"),
        (hostile.TWO_BADGES, Ambiguous, "two-badges"),
        (hostile.PICTURES, NotABadge, "no-badge-in-picture"),
        (hostile.PROGRAMS, DamagedFile, "program-inside"),
        (hostile.UNKNOWN_KIND, NotABadge, "unknown-kind"),
        (hostile.NOT_A_BADGE, NotABadge, "not-a-badge"),
        ({"nothing": b"", "blanks": b" \r\n\t"}, NotABadge, "empty"),
    ],
)
def test_each_bad_file_is_refused_with_the_word_that_tells_what_is_wrong(
    shelf: dict[str, bytes], kind: type[UnreadableBadge], reason: str
) -> None:
    said = {}
    for name, document in shelf.items():
        with pytest.raises(UnreadableBadge) as refusal:
            opening.open_document(document)
        said[name] = (type(refusal.value), refusal.value.reason)

    assert said == dict.fromkeys(shelf, (kind, reason))


def test_a_bomb_of_200_mebibytes_is_never_inflated() -> None:
    tracemalloc.start()
    with pytest.raises(DamagedFile):
        opening.open_document(hostile.TOO_BIG["a zTXt of 200 MiB"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 40 * 2**20


def test_64_levels_and_64_bits_and_an_escaped_backslash_are_fine() -> None:
    written = (
        '{"a":' + "[" * 63 + "]" * 63 + ', "b": [9223372036854775807, -9223372036854775808, 1.5], "c": "\\\\u0000"}'
    )

    assert opening.open_document(written.encode()).claims["c"] == "\\u0000"


def test_a_whole_pair_of_surrogates_is_a_smile() -> None:
    assert opening.open_document(b'{"name": ["\\ud83d\\ude00"]}').claims == {"name": ["😀"]}


def test_a_doctype_that_only_names_svg_is_what_drawing_programs_write() -> None:
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    drawing = hostile.svg(hostile.element(hostile.WRITTEN), f'<?xml version="1.0"?>\n<!-- Illustrator -->{doctype}')

    assert opening.open_document(drawing).json == hostile.ASSERTION


def test_a_doctype_that_holds_namespaces_is_what_illustrator_writes() -> None:
    """With its entities used, as by Illustrator, or in vain: Badgr's bakery (xml.dom.minidom) writes a drawing so."""
    names = '<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/">'
    doctype = (
        f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [{names}]>'
    )
    badge = hostile.element(hostile.WRITTEN)

    for root in ('xmlns:i="&ns_ai;" xmlns:s="&ns_svg;"', ""):
        drawing = hostile.svg(badge, f'<?xml version="1.0" encoding="utf-8"?>{doctype}', root)
        assert opening.open_document(drawing).json == hostile.ASSERTION


@rows("body", ["see the site", '{"badge": ', "[1]", "{}", '{"name": "Soudure"}', '{"a": 1, "a": 2}'])
@rows(("verify", "kind"), [(ADDRESS, "link"), (TOKEN, "signed")])
def test_an_svg_whose_body_is_no_badge_leads_to_what_its_attribute_says(body: str, verify: str, kind: str) -> None:
    """Drawing programs and platforms break the body; a genuine badge was refused as two badges."""
    found = opening.open_document(hostile.svg(hostile.element(body, verify)))

    assert getattr(found, kind) in (verify, SignedText(verify))
    assert found.json is None


def test_an_svg_with_a_broken_body_is_the_badge_at_its_address() -> None:
    found = opening.follow(
        opening.open_document(hostile.svg(hostile.element("<hr>", "https://school.example/one"))), web(one=BADGE)
    )

    assert (found.container, found.json) == ("svg", hostile.ASSERTION)


@rows(
    "body",
    [
        *(TOKEN, f"{TOKEN}~", json.dumps(TOKEN), json.dumps({"jwt": TOKEN}), f"data:application/vc+jwt,{TOKEN}"),
        json.dumps({"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{TOKEN}"}),
        json.dumps({"type": "VerifiablePresentation", "verifiableCredential": [TOKEN]}),
        *("https://other.example/", '"https://other.example/"', '{"badge": "https://other.example/"}'),
    ],
)
def test_an_svg_whose_body_is_another_badge_is_two_badges(body: str) -> None:
    """In every form in which the body alone would be read: of some of them the attribute was taken in silence."""
    with pytest.raises(Ambiguous):
        opening.open_document(hostile.svg(hostile.element(body, "https://school.example/one")))


def test_an_svg_whose_body_is_a_credential_may_name_the_page_that_checks_it() -> None:
    """A platform baked its new badges as it had its old ones: « Il y a deux badges dans ce fichier » was told of each. Whatever
    the address is, the body is the badge (OB 2.0, Baking, SVG: « If there is a body, it will be the JSON »), and signed by itself.
    """
    credential = {"type": ["VerifiableCredential", "OpenBadgeCredential"], "credentialSubject": {"id": "urn:uuid:1"}}
    page = "https://school.example/badges/1/verify"

    for name, space in (("assertion", "http://openbadges.org"), ("credential", "https://purl.imsglobal.org/ob/v3p0")):
        badge = f'<b:{name} xmlns:b="{space}" verify="{page}"><![CDATA[{json.dumps(credential)}]]></b:{name}>'
        found = opening.open_document(hostile.svg(badge))
        assert (found.container, found.json, found.link) == ("svg", credential, None)


@rows("verify", [f"data:application/vc+jwt,{TOKEN}", json.dumps(TOKEN), hostile.WRITTEN])
def test_an_svg_whose_attribute_holds_another_badge_is_two_badges(verify: str) -> None:
    with pytest.raises(Ambiguous):
        opening.open_document(hostile.svg(hostile.element("https://school.example/one", escape(verify))))


@rows("body", [json.dumps(TOKEN), json.dumps({"jwt": TOKEN})])
def test_an_svg_whose_body_wraps_the_token_of_its_attribute_is_one_badge(body: str) -> None:
    assert opening.open_document(hostile.svg(hostile.element(body, TOKEN))).signed == SignedText(TOKEN)


def test_a_token_whose_payload_is_no_json_says_nothing() -> None:
    header = hostile.part(b'{"alg":"RS256"}')

    assert opening.open_document(f"{header}.{hostile.part(b'[1]')}.AA".encode()).claims == {}
    assert opening.open_document(f"{header}.AAAAA.AA".encode()).claims == {}


def test_a_pasted_link_gives_what_stands_there() -> None:
    found = opening.follow(opening.open_document(b"https://school.example/one"), web(one=BADGE))

    assert (found.container, found.json, found.link) == ("link", hostile.ASSERTION, "https://school.example/one")


def test_a_pasted_link_to_a_picture_with_a_link_in_it_is_followed_to_the_badge() -> None:
    picture = hostile.png(hostile.text(b"https://school.example/two"))
    found = opening.follow(opening.open_document(b"https://school.example/one"), web(one=picture, two=BADGE))

    assert (found.container, found.json, found.link) == ("link", hostile.ASSERTION, "https://school.example/two")


def test_links_that_lead_round_in_a_circle_end() -> None:
    pasted = opening.open_document(b"https://school.example/one")

    with pytest.raises(NotABadge, match="link-no-badge"):
        opening.follow(pasted, web(one=b"https://school.example/two", two=b"https://school.example/one"))


@rows(
    ("answer", "reason"),
    [
        ("refused", "link-no-answer"),
        ("timeout", "link-no-answer"),
        (404, "link-no-answer"),
        (b"<html>", "link-no-badge"),
        (hostile.png(), "link-no-badge"),
        (b"[", "link-no-badge"),
    ],
)
def test_a_pasted_link_that_leads_nowhere_is_refused(answer: bytes | int | str, reason: str) -> None:
    pasted = opening.open_document(b"https://school.example/one")

    with pytest.raises(NotABadge) as refusal:
        opening.follow(pasted, web(one=answer))

    assert refusal.value.reason == reason


def test_a_baked_link_that_does_not_answer_is_still_a_badge() -> None:
    baked = opening.open_document(hostile.png(hostile.text(ADDRESS.encode())))

    assert opening.follow(baked, web()) == baked


def test_what_is_open_already_asks_nobody() -> None:
    baked = opening.open_document(BADGE)

    assert opening.follow(baked, web(**{"1": "refused"})) is baked


REASONS = {"empty", "too-big", "damaged", "broken-json", "two-badges"}
REASONS |= {"no-badge-in-picture", "not-a-badge", "unknown-kind"}


def outcome(document: bytes) -> object:
    """What was read, or the reason of the refusal; any other error than a refusal escapes."""
    try:
        return opening.open_document(document).claims
    except UnreadableBadge as problem:
        return problem.reason


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode(errors="replace"))))
def test_whatever_anybody_sends_is_read_or_refused(document: bytes) -> None:
    found = outcome(document)

    assert isinstance(found, dict) or found in REASONS


SEEDS = [hostile.png(hostile.itxt(BADGE)), hostile.svg(hostile.element(hostile.WRITTEN)), BADGE, TOKEN.encode()]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=4)), min_size=1, max_size=4),
    st.integers(0, 700),
)
@pytest.mark.breadth
def test_a_good_file_changed_anywhere_is_read_or_refused(
    document: bytes, changes: list[tuple[int, bytes]], end: int
) -> None:
    for place, new in changes:
        document = document[:place] + new + document[place + len(new) :]
    found = outcome(document[:end])

    assert isinstance(found, dict) or found in REASONS


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5))
@pytest.mark.breadth
def test_json_that_can_be_kept_is_read_as_it_was_written(value: dict[str, object]) -> None:
    written = json.dumps(value).encode()

    assert outcome(written) in (value, "broken-json")
