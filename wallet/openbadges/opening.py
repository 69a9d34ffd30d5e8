"""What a file, a pasted text or the answer of an address holds: its kind is told by its content, never by its name.

Whatever comes out was read strictly (strict_json.py) and is not verified yet. A picture without a badge, a damaged
file and a file of no kind we know are told apart, because each of them needs another sentence.

An address is followed to the badge, through the pages that people are shown of it (carriers/web_pages.py, carriers/platforms.py). This
only finds: what is believed is decided where the badge is verified, so that it does not matter who pointed at it.
"""

import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from . import data_addresses, strict_json, texts
from .carriers import platforms, png, svg, web_pages
from .document import Document
from .examination import DamagedFile, Fetched, NotABadge, Unreachable, UnreadableBadge, Web
from .proofs.signed_texts import signed_text
from .v2.hosted import is_assertion_or_withdrawn
from .v3 import bundles, europass, other_kinds, sd_jwt_badges

LARGEST = 5 * 1024 * 1024
"""Bytes of a badge file (docs/decisions.md 14)."""
_MOST_HOPS = 3
"""From page to page."""
_MOST_ADDRESSES = 8
"""Asked while the badge is looked for: of the 12 of an import (docs/decisions.md 14) some are left to verify it."""
_OTHER_PICTURES = re.compile(
    rb"\xff\xd8\xff|GIF8[79]a|BM|II\*\0|MM\0\*|\0\0\x01\0|RIFF.{4}WEBP"
    rb"|.{4}ftyp.{0,20}(?:hei[cxms]|hevc|mif1|msf1|avi[fs]|jxl |crx )",
    re.DOTALL,
)
"""How a picture begins that no badge is baked into: JPEG, GIF, BMP, TIFF, ICO, WebP, and what ISO/IEC 14496-12 holds."""
_CREDENTIALS = frozenset({"VerifiableCredential", "VerifiablePresentation", *bundles.ENVELOPES})
_ONLY_IN_CREDENTIALS = frozenset({"credentialSubject", "vc", "vp"})


def open_document(document: bytes, *, carried: bool = False) -> Document:
    """The badge in *document*, not verified; raises UnreadableBadge, of its whole family.

    *carried* says that a data: address carried it, and may not carry another one.
    Reasons: empty, too-big, damaged, broken-json, two-badges, no-badge-in-picture, not-a-badge, unknown-kind.
    """
    if not document.strip():
        raise NotABadge("empty")
    if len(document) > LARGEST:
        raise DamagedFile("too-big", f"{len(document)} bytes")
    if document.startswith(png.SIGNATURE):
        return _open_baked(png.unbake(document), "png", carried)
    if document.startswith(png.SIGNATURE[:4]):
        raise DamagedFile("damaged", "the PNG is cut off, or was changed as if it were a text")
    if _OTHER_PICTURES.match(document):
        raise NotABadge("no-badge-in-picture")
    return _open_written(document, carried)


def _open_written(document: bytes, carried: bool) -> Document:
    is_json = document.startswith(b"{")  # as most: nothing else begins so
    if not is_json and svg.is_svg(document):
        return _open_baked(svg.unbake(document), "svg", carried)
    if not is_json and web_pages.is_page(document):
        hints = web_pages.hints(document, "")
        if not hints:
            raise NotABadge("unknown-kind", "a web page that names no badge")
        return Document(container="link", hints=hints)
    try:
        return _open_text(document.decode().removeprefix("\ufeff").strip(), carried)
    except UnicodeDecodeError:
        raise NotABadge("unknown-kind", f"begins with {document[:8].hex(' ')}") from None


def _open_text(text: str, carried: bool) -> Document:
    """The badge that a text is: JSON, a compact JWS or an SD-JWT (bare, or as a JSON string), or an address."""
    if text.startswith("{"):
        return _of_json(strict_json.read_object(text), written=text)
    if text.startswith(('"', "[")):
        inner = strict_json.read_value(text)
        if not isinstance(inner, str):
            return _of_list(inner)
        text = inner.strip()
    if signed := signed_text(text):
        container = "sd-jwt" if signed.is_sd_jwt else "jws"
        return Document(container=container, signed=signed, claims=sd_jwt_badges.claims_of(signed), written=text)
    if texts.is_link(text):
        return Document(container="link", link=text)
    if data_addresses.is_data_address(text) and not carried:
        return replace(open_document(data_addresses.from_data_address(text), carried=True), container="link")
    raise NotABadge("unknown-kind", f"begins with {text[:20]!r}")


def _of_list(items: Any) -> Document:
    """The credentials of a list, as if a presentation brought them: what an API answers, saved as a file."""
    listing = {"verifiableCredential": items}
    if not bundles.is_answer(listing):
        raise NotABadge("not-a-badge", "the JSON is a list")
    return _of_json(listing)


def _of_json(claims: dict[str, Any], *, written: str = "", link: str | None = None) -> Document:
    signed = bundles.signed_within(claims)
    return Document(container="json", json=claims, signed=signed, link=link, claims=claims, written=written)


def _open_baked(text: str, container: str, carried: bool) -> Document:
    try:
        return replace(_open_text(text, carried), container=container)
    except NotABadge as problem:
        if problem.reason in other_kinds.OTHER_KINDS:
            raise
        # It stands where a badge belongs, so the file is of a kind that we know.
        raise NotABadge("not-a-badge", problem.detail) from None


def is_badge(claims: dict[str, Any]) -> bool:
    """Whether *claims* are worth a closer look: all that any version recognises, and hardly anything else.

    Pages and addresses give much JSON that is none. What is a badge is for the versions to say, when they have it.
    """
    return (
        not texts.types(claims).isdisjoint(_CREDENTIALS)
        or not _ONLY_IN_CREDENTIALS.isdisjoint(claims)
        or bundles.token_within(claims) is not None
        or bundles.is_answer(claims)
        or europass.is_sealed(claims)
        or is_assertion_or_withdrawn(claims)
        or "Endorsement" in texts.types(claims)
    )


def is_of_one_badge(body: bytes) -> bool:
    """Whether an answer is a badge itself, or what is left of one, or leads to one: nothing that several badges share."""
    text = body.strip()
    try:
        if text.startswith(b"{"):
            claims = strict_json.read_object(text)
        elif signed := signed_text(text.decode("ascii")):
            claims = sd_jwt_badges.claims_of(signed)
        else:
            return not text.startswith(b"-----BEGIN")
    except (UnreadableBadge, UnicodeDecodeError):
        return True
    credential = claims["vc"] if isinstance(claims.get("vc"), dict) else claims
    subjects = texts.objects(texts.listed(credential.get("credentialSubject")))
    return is_assertion_or_withdrawn(claims) or any("achievement" in subject for subject in subjects)


def follow(document: Document, web: Web, *, found_inside: bool = False) -> Document:
    """*document* with the badge to which its address leads, when an address is all it is; else *document* itself.

    Raises NotABadge when somebody gave the address: `link-no-answer`, `link-no-badge`; and for a saved web page
    `page-no-answer`, where an address that it names may answer later, and `unknown-kind`, where it leads to no badge.
    An address that was baked into a picture, or *found_inside* another file, is a badge in itself: when it leads
    nowhere, *document* comes back as it was. So it does when the address answers 410 Gone, which is how a hosted badge
    is withdrawn.
    """
    search = _Search(web)
    is_in_itself = found_inside or document.container != "link"
    while not document.is_open:
        found = search.find(document.hints, 1) if document.hints else search.find([document.link or ""])
        if found is None and is_in_itself and not document.hints:
            return document
        if found is None:
            raise search.refusal_of_page() if document.hints else search.refusal()
        reached = replace(found.document, container=document.container)
        if found.answer.status == 410:
            return reached
        document, is_in_itself = reached, True
    return document


def locate(address: str, web: Web) -> Fetched:
    """The answer that holds the badge to which *address* leads: a file like one that a person sends.

    What a page carries within comes as a file of its own. Raises NotABadge: `link-no-answer`, `link-no-badge`.
    """
    search = _Search(web)
    found = search.find([address])
    if found is None:
        raise search.refusal()
    if found.answer.status == 410:
        raise NotABadge("link-no-answer", "HTTP 410")
    return found.answer


def may_pass(why: str) -> bool:
    """Whether an address that gave no answer may give one later: one that is gone, or that one search has no room for, does not.

    *why* is a word of Unreachable, or a status: the detail of a NotABadge. Source: RFC 9110, 15.5.9 and 15.6; RFC 6585, 4.
    """
    return bool(re.fullmatch(r"no-answer|timeout|too-often|HTTP (?:408|425|429|5\d\d)", why))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A badge, and the answer that held it."""

    document: Document
    answer: Fetched


@dataclass(frozen=True, slots=True)
class _Step:
    """Where to look next: how many pages led there, and the last one of them that was asked for."""

    hint: web_pages.Hint
    hops: int
    page: Fetched | None = None


@dataclass(slots=True)
class _Search:
    """The search for a badge from addresses on. Each is asked once, all that one page names before what these name."""

    web: Web
    asked: set[str] = field(default_factory=set)
    has_answer: bool = False
    trouble: str = ""
    """Why the last address gave no answer, or the first that may give one later."""
    another_kind: NotABadge | None = None
    """What an answer said that it is, and no badge."""

    def find(self, hints: Iterable[web_pages.Hint], hops: int = 0) -> _Found | None:
        """The first badge to which *hints* lead, or None; *hops* is how many pages led to them."""
        waiting = deque(_Step(hint, hops) for hint in hints)
        while waiting:
            step = waiting.popleft()
            if isinstance(step.hint, dict):
                found = _badge_within(step.hint, step.page)
            else:
                found, onward = self._look(step.hint, step)
                waiting.extend(onward)
            if found is not None:
                return found
        return None

    def refusal(self) -> NotABadge:
        """What to tell whoever gave the address."""
        if self.another_kind:
            return self.another_kind
        # A page that answers is not all: behind it the badge may be silent today.
        is_known = self.has_answer and not may_pass(self.trouble)
        return NotABadge("link-no-badge" if is_known else "link-no-answer", self.trouble)

    def refusal_of_page(self) -> NotABadge:
        """What to tell whoever saved a page."""
        if may_pass(self.trouble):
            return NotABadge("page-no-answer", self.trouble)
        return NotABadge("unknown-kind", "a web page")

    def _look(self, address: str, step: _Step) -> tuple[_Found | None, list[_Step]]:
        """The badge at *address*, or at the one that its platform keeps it at; and where else to look."""
        onward: list[_Step] = []
        for place in (*platforms.badge_addresses(address), address):
            answer = self._ask(place)
            # What a page points at may be gone without having been a badge.
            if answer is None or (answer.status == 410 and step.hops):
                continue
            if answer.status == 410:
                return _Found(document=Document(container="link", link=place), answer=answer), []
            try:
                document, hints = _badge_or_hints(answer)
            except NotABadge as problem:
                self.another_kind = problem
                continue
            if document is not None:
                return _Found(document=replace(document, link=document.link or place), answer=answer), []
            # A short link, or one by which a letter counts who opens it, ends at the page of a platform as one that was copied there.
            onward += [_Step(one, step.hops, answer) for one in platforms.badge_addresses(answer.address)]
            if step.hops < _MOST_HOPS:
                onward += [_Step(hint, step.hops + 1, answer) for hint in hints]
        return None, onward

    def _ask(self, address: str) -> Fetched | None:
        """The answer, whatever it says; None where there is none, for the second time, and beyond the limit."""
        if address in self.asked or len(self.asked) >= _MOST_ADDRESSES:
            return None
        self.asked.add(address)
        try:
            answer = self.web.get(address)
        except Unreachable as problem:
            self._note(problem.why)
            return None
        self.has_answer = self.has_answer or answer.status == 200
        if answer.status not in {200, 410}:
            self._note(f"HTTP {answer.status}")
        return answer

    def _note(self, trouble: str) -> None:
        if not may_pass(self.trouble):
            self.trouble = trouble


def _badge_within(document: dict[str, Any], page: Fetched | None) -> _Found | None:
    """The badge that a page carries within, as if it were a file; one that is hosted names its own address."""
    if not is_badge(document):
        return None
    address = page.address if page else ""
    return _Found(
        document=_of_json(document, link=address or None),
        answer=Fetched(
            address=address,
            status=200,
            media_type="application/ld+json",
            body=json.dumps(document, ensure_ascii=False).encode(),
        ),
    )


def _badge_or_hints(answer: Fetched) -> tuple[Document | None, tuple[web_pages.Hint, ...]]:
    """The badge that *answer* holds, be it only an address baked into a picture; or where it says to look.

    Raises NotABadge for a credential of another kind (v3/other_kinds.py).
    """
    if answer.status != 200:
        return None, ()
    if web_pages.is_page(answer.body):
        return None, web_pages.hints(answer.body, answer.address)
    try:
        document = open_document(answer.body)
    except UnreadableBadge as problem:
        if problem.reason in other_kinds.OTHER_KINDS:
            raise
        is_page = answer.media_type in {"text/html", "application/xhtml+xml"}
        return None, web_pages.hints(answer.body, answer.address) if is_page else ()
    if not document.is_open and document.container == "link":
        return None, (document.link or "",)
    if not document.is_open or is_badge(document.claims):
        return document, ()
    return None, web_pages.named(document.claims)
