"""Who has no room left is told before a byte lies on the shelf; and what is kept is counted as it lies there."""

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.chore import hosted
from tests.fixtures.visits import IssuersWeb, Person, signed, words
from wallet import badge_space, responses
from wallet.badge_space import BadgeSize
from wallet.badges import KeptBadge


def test_who_has_no_room_is_told_before_a_byte_lies_on_the_shelf(
    maria: Person, visitor: Person, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(badge_space, "ROOM", 10)
    monkeypatch.setattr(badge_space, "OF_VISITORS", 10)
    before = sorted(maria.house.files.names())

    told, visitors = (person.brings(("badge.json", signed("adapter-1"))) for person in (maria, visitor))

    assert (told.status_code, visitors.status_code) == (413, 413)
    assert "Il n’y a plus de place pour vos badges. Retirez un badge, puis essayez encore demain." in words(told.text)
    assert "Il n’y a plus de place pour les visiteurs en ce moment." in words(visitors.text)
    assert "set-cookie" not in visitors.headers
    assert sorted(maria.house.files.names()) == before


def test_a_kept_badge_counts_its_document_its_picture_and_what_was_answered(maria: Person, web: IssuersWeb):
    maria.post(f"/badges/{maria.has()[0]}/removal")
    maria.brings(("badge.json", hosted(web, 1, "issuer.example")))

    with maria.house.database.reading() as session:
        kept = session.scalars(select(KeptBadge).where(KeptBadge.removed_at.is_(None))).one()
        row = session.get_one(BadgeSize, kept.id)
        own = {kept.document, kept.came_in, kept.picture} - {None}
    assert row.files == sum(len(maria.house.files.read(name)) for name in own)
    assert row.answers > 0
    assert row.answers == sum(len(maria.house.files.read(one["file"])) for one in kept.examination["seen"])


def test_of_a_very_long_answer_the_details_say_that_it_is_not_kept_whole(
    maria: Person, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    maria.post(f"/badges/{maria.has()[0]}/removal")
    maria.brings(("badge.json", hosted(web, 1, "issuer.example")))
    (id,) = maria.has()
    assert "Réponse non gardée en entier" not in words(maria.page(f"/badges/{id}"))
    monkeypatch.setattr(responses, "WHOLE", 10)

    maria.post(f"/badges/{id}/verifications")

    assert "Réponse non gardée en entier" in words(maria.page(f"/badges/{id}"))
    with maria.house.database.reading() as session:
        kept = session.get_one(KeptBadge, id)
    assert all("file" not in one and one["sha256"] for one in kept.examination["seen"])
