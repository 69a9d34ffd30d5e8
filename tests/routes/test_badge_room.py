"""Who has no room left is told before a byte lies on the shelf; and what is kept is counted as it lies there."""

import pytest
from pypdf import PdfWriter
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.carriers import a_pdf
from tests.fixtures.chore import hosted
from tests.fixtures.visits import NOW, IssuersWeb, Person, signed, words
from wallet.badges import issuer_responses, quota
from wallet.badges.models import KeptBadge
from wallet.badges.quota import BadgeSize
from wallet.operations import cleanup
from wallet.web.rate_limits import BYTES, HOUR, Limit


def test_who_has_no_room_is_told_before_a_byte_lies_on_the_shelf(
    maria: Person, visitor: Person, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quota, "ROOM", 10)
    monkeypatch.setattr(quota, "OF_VISITORS", 10)
    before = sorted(maria.services.files.names())

    told, visitors = (person.brings(("badge.json", signed("adapter-1"))) for person in (maria, visitor))

    assert (told.status_code, visitors.status_code) == (413, 413)
    assert "Il n’y a plus de place pour vos badges. Enlevez un badge, puis essayez encore demain." in words(told.text)
    assert "Il n’y a plus de place pour les visiteurs en ce moment." in words(visitors.text)
    assert "set-cookie" not in visitors.headers
    assert sorted(maria.services.files.names()) == before


@pytest.mark.breadth
def test_visitors_of_one_network_fill_no_room_of_others(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    flood, neighbour = (Person(app, address=address) for address in ("198.51.100.66", "203.0.113.7"))
    neighbour.brings(("a.json", signed()))
    with neighbour.services.database.reading() as session:
        [one] = session.scalars(select(BadgeSize))
    monkeypatch.setitem(BYTES, "visitor", Limit(5 * (one.files + one.answers) // 2, HOUR))

    assert [flood.brings(("a.json", signed())).status_code for _ in range(3)] == [303, 303, 413]
    assert neighbour.brings(("a.json", signed())).status_code == 303


def test_a_kept_badge_counts_its_document_its_picture_and_what_was_answered(maria: Person, web: IssuersWeb):
    maria.post(f"/badges/{maria.has()[0]}/removal")
    maria.brings(("badge.json", hosted(web, 1, "issuer.example")))

    with maria.services.database.reading() as session:
        kept = session.scalars(select(KeptBadge).where(KeptBadge.removed_at.is_(None))).one()
        row = session.get_one(BadgeSize, kept.id)
        own = {kept.document, kept.came_in, kept.picture} - {None}
    assert row.files == sum(len(maria.services.files.read(name)) for name in own)
    assert row.answers > 0
    assert row.answers == sum(len(maria.services.files.read(one["file"])) for one in kept.examination["seen"])


@pytest.mark.breadth
def test_of_a_very_long_answer_the_details_say_that_it_is_not_kept_whole(
    maria: Person, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    maria.post(f"/badges/{maria.has()[0]}/removal")
    maria.brings(("badge.json", hosted(web, 1, "issuer.example")))
    (id,) = maria.has()
    assert "Une réponse de l’organisme était très longue" not in words(maria.page(f"/badges/{id}"))
    monkeypatch.setattr(issuer_responses, "RESPONSE_LIMIT", 10)
    monkeypatch.setattr("wallet.badges.RESPONSE_LIMIT", 10)

    maria.post(f"/badges/{id}/verifications")

    assert "Une réponse de l’organisme était très longue" in words(maria.page(f"/badges/{id}"))
    with maria.services.database.reading() as session:
        kept = session.get_one(KeptBadge, id)
    assert all("file" not in one and one["sha256"] for one in kept.examination["seen"])


def attached_to_a_pdf(*documents: bytes, padding: int) -> bytes:
    """A PDF of more than *padding* bytes with these badges attached."""

    def attach(writer: PdfWriter) -> None:
        for number, content in enumerate((*documents, b"%" + bytes(padding))):
            writer.add_attachment(f"{number}.json", content)

    return a_pdf(attach)


@pytest.mark.breadth
def test_a_pdf_with_many_badges_counts_as_it_lies_on_the_shelf(
    visitor: Person, app: Starlette, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    pdf = attached_to_a_pdf(*(hosted(web, number, "issuer.example") for number in range(8)), padding=200_000)
    monkeypatch.setattr(quota, "OF_VISITORS", 2 * len(pdf))

    assert visitor.brings(("attestation.pdf", pdf)).status_code == 303

    with visitor.services.database.reading() as session:
        assert len(list(session.scalars(select(KeptBadge)))) == 8
    assert Person(app, address="203.0.113.7").brings(("badge.json", signed())).status_code == 303


@pytest.mark.breadth
def test_what_a_link_brings_is_counted_for_the_network_as_a_file_is(
    app: Starlette, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    pdf = attached_to_a_pdf(signed(), padding=200_000)
    web["https://issuer.example/attestation.pdf"] = pdf
    monkeypatch.setitem(BYTES, "visitor", Limit(5 * len(pdf) // 2, HOUR))
    flood = [Person(app, address="198.51.100.66") for _ in range(3)]

    told = [one.brings(link="https://issuer.example/attestation.pdf") for one in flood]

    assert [one.status_code for one in told] == [303, 303, 413]
    assert "Il n’y a plus de place pour les visiteurs en ce moment." in words(told[2].text)
    assert 'value="https://issuer.example/attestation.pdf"' in told[2].text, "what was typed stays"


def test_what_a_network_may_not_bring_lies_on_no_shelf(
    app: Starlette, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    web["https://issuer.example/attestation.pdf"] = attached_to_a_pdf(signed(), padding=200_000)
    monkeypatch.setitem(BYTES, "visitor", Limit(1000, HOUR))
    flood = Person(app, address="198.51.100.66")

    assert flood.brings(link="https://issuer.example/attestation.pdf").status_code == 413

    cleanup.clean_up(flood.services.database, flood.services.files, NOW)
    assert list(flood.services.files.names()) == []
