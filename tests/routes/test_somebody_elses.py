"""What is somebody else's is not there: asked of each thing while its owner could do just that, who then does it.

A thing that nobody could undo, stop or read proves nothing when it answers a stranger that it is not there.
"""

import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.asked import is_given_a_word
from tests.fixtures.bent_offers import by_value
from tests.fixtures.fablab import Fablab
from tests.fixtures.made_once import made_once
from tests.fixtures.mail import codes_for
from tests.fixtures.photos import photo
from tests.fixtures.platforms import claimed
from tests.fixtures.visits import Clock, IssuersWeb, Person, holder, signed
from tests.openbadges.test_endorsements import word
from tests.routes.test_badges import HOSTED_AT, hosted
from tests.routes.test_journey import PLACE, STRANGER
from tests.routes.test_map import BY_NAME, DOORS, HANDED, everything, method_of
from wallet import registers, trust
from wallet.accounts import recoveries
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Device
from wallet.accounts.passkeys import Passkey
from wallet.badges.models import KeptBadge
from wallet.endorsements.models import Endorsement, EndorsementRequest
from wallet.evidence.answers import Answer
from wallet.evidence.models import Attachment, Evidence
from wallet.issuance.platforms.models import PlatformLink
from wallet.messages import incoming
from wallet.messages.models import Message, Note
from wallet.shares import petitions
from wallet.shares.models import Share
from wallet.shares.petitions import Petition

CODE = "{code}"
"""Stands for the right code of the address."""
NOBODYS = "999999"


@dataclass(frozen=True)
class Act:
    """What the owner may do next, and which row it is about; in an order in which each can be done."""

    route: str
    about: str
    sent: dict[str, str] = field(default_factory=dict)
    has_file: bool = False


def key() -> dict[str, str]:
    return {"key": secrets.token_hex(16)}


ACTS = (
    *(Act(name, "badge") for name in ("badge", "badge.picture", "badge.document", "badge.elsewhere")),
    *(
        Act("badge.verifications", "badge"),
        Act("badge.contexts", "badge"),
        Act("badge.newer", "badge"),
        Act("badge.counting", "badge", {"place": PLACE}),
    ),
    *(
        Act("badge.counting.removal", "badge", {"place": PLACE}),
        *(Act(f"badge.word.{name}", "badge") for name in ("acceptance", "removal", "return")),
        Act("badge.words", "badge"),
        Act("badge.removal", "badge"),
        Act("badge.return", "badge"),
    ),
    *(Act("badge.addition", "waits"), Act("badge.refusal", "waits too")),
    *(
        Act(name, "moment")
        for name in ("evidence.one", "evidence.earlier", "evidence.answer", "evidence.voice", "evidence.badges")
    ),
    Act("evidence.answer.keep", "moment", {"text": "Un client est venu.", **key()}),
    Act("evidence.restore", "moment", {"answer": "{answer}", **key()}),
    Act("attachments.create", "moment", has_file=True),
    *(Act(name, "moment") for name in ("attachment", "attachment.picture", "attachment.removal", "attachment.return")),
    Act("evidence.badges.choose", "moment", {"badge": "{badge}"}),
    *(Act(name, "moment") for name in ("evidence.saving", "evidence.removal", "evidence.return")),
    *(Act(f"message{name}", "message") for name in ("", ".report", ".closing", ".removal", ".return")),
    Act("evidence.request", "moment"),
    Act("evidence.requests", "moment", {"part": "facts", "name": "Maria", **key()}),
    *(Act(name, "request") for name in ("request", "request.qr", "request.stopping")),
    *(
        Act(f"endorsement{name}", "asked word")
        for name in ("", ".voice", ".acceptance", ".file", ".report", ".removal", ".return", ".withdrawal")
    ),
    *(Act(f"petition{name}", "petition") for name in ("", ".offer", ".reminder", ".end")),
    Act("share.messages", "share"),
    Act("share.editing", "share"),
    Act("share.change", "share", {"badge": "{badge}", "days": "7", "changes": "1"}),  # that was the first change
    *(
        Act(name, "share")
        for name in ("share", "share.details", "share.page", "share.qr", "share.qr.png", "share.sheet")
    ),
    *(Act(name, "share") for name in ("share.send", "share.block", "share.block.png", "share.block.pdf")),
    *(Act("share.end", "share", {"days": "30"}), Act("share.code", "share")),
    *(Act("share.stopping", "share"), Act("share.return", "share"), Act("share.stopping", "share")),
    Act("share.removal", "share"),
    *(Act("address", "address"), Act("address.letter", "address")),
    *(Act("address.verification", "address", {"code": CODE}), Act("address.removal", "address")),
    *(Act("key.name", "key", {"name": "Mon téléphone"}), Act("key.removal", "key"), Act("device.removal", "device")),
    *(Act("return.acknowledgement", "return"), Act("return.stopping", "return")),
    Act("platform.stopping", "platform"),
)
GONE = {f"{of}.removal" for of in ("share", "address", "key", "device")} | {"badge.refusal", "return.stopping"}
"""Acts after which there is nothing any more, as if it had never been: whoever touches the button twice sees what is left."""
TABLES = {
    "badge": KeptBadge, "moment": Evidence, "share": Share, "address": EmailAddress, "key": Passkey, "device": Device,
    "message": Message, "platform": PlatformLink, "request": EndorsementRequest,
    "petition": Petition,
}  # fmt: skip


@pytest.fixture
@made_once
def maria(app: Starlette, web: IssuersWeb, clock: Clock) -> Person:
    """Maria, who has one of everything, and of what waits for her word two."""
    hosted(web)
    visitor = holder(app, ("a.json", signed("communiquer-2", STRANGER)))
    visitor.post("/leaving")
    again = {"link": HOSTED_AT, "unasked": "yes"}
    assert visitor.post("/badges", data=again).status_code == 303
    assert visitor.enters().status_code == 200
    (first,) = re.findall(r"/badges/(\d+)/addition", visitor.page("/badges"))
    visitor.post("/leaving")
    assert visitor.post("/badges", data=again).status_code == 303
    assert visitor.enters().status_code == 200
    visitor.post("/addresses", data={"address": "maria@exemple.fr"})
    (badge,) = [id for id in visitor.has() if f"/badges/{id}/addition" not in visitor.page("/badges")]
    brings_word(visitor, badge)
    moment = visitor.tells(badge, facts="Un client attendait.")
    visitor.attaches(moment, ("photo.jpg", photo("JPEG")))
    is_given_a_word(visitor, moment)
    visitor.shows(badge, moment=f"{badge}-{moment.rpartition('/')[2]}", code="yes")
    asks_for_a_badge(visitor, badge)
    has_another_phone(app, visitor)
    with visitor.services.database.writing() as session:
        recoveries.begin_recovery(session, 1, "mail", "android", clock())
        incoming.receive_message(session, 1, Note(choice="no", sender="Yann"), clock(), None)
        link = claimed()
        link.holder_id, link.connected_at = 1, clock()
        session.add(link)
    assert first
    return visitor


def has_another_phone(app: Starlette, maria: Person) -> None:
    """With a key of its own."""
    phone = Person(app)
    phone.key = maria.key
    assert phone.enters().status_code == 200
    phone.key = type(maria.key)(origin=maria.services.settings.origin)
    assert phone.makes_a_key().status_code == 200


def brings_word(maria: Person, badge: int) -> None:
    """What somebody says of that badge: she is asked whether she keeps it."""
    with maria.services.database.reading() as session:
        read = session.get_one(KeptBadge, badge).read
    said = maria.brings(("mot.json", json.dumps(word(read["id"])).encode()))
    assert said.headers["location"] == f"/badges/{badge}?done=endorsement"


def asks_for_a_badge(maria: Person, badge: int) -> None:
    """Of somebody whom the operator knows."""
    entry = trust.Entry(match="did:web:greta.example", name="GRETA", asks_at="badges@greta.example")
    maria.services.database.write(registers.add_issuer, entry, "a test", maria.services.clock())
    place = f"{PLACE.rpartition('/')[0]}/practises"
    asked = {"place": place, "to": entry.match, "name": "Maria", "badge": str(badge)}
    assert maria.post("/petitions", data=asked).status_code == 303
    services, fablab = maria.services, Fablab()
    services.fetcher.issuer = fablab  # type: ignore[attr-defined]
    offer = by_value(fablab.offer())
    services.database.write(petitions.offer_badge, 1, offer, services.keyring.seal, services.clock())


def numbers(maria: Person) -> dict[str, str]:
    """The rows of Maria's that the acts are about."""
    found = {}
    with maria.services.database.reading() as session:
        for about, table in TABLES.items():
            mine = select(table.id).where(table.holder_id == 1).order_by(table.id)  # type: ignore[attr-defined]
            ids = session.scalars(mine).all()
            found[about] = str(ids[-1] if about in {"key", "request"} else ids[0])
        found["attachment"] = str(session.scalars(select(Attachment.id)).first() or 0)
        for about, origin in (("word", "file"), ("asked word", "asked")):
            found[about] = str(session.scalars(select(Endorsement.id).where(Endorsement.origin == origin)).one())
        found["answer"] = str(session.scalars(select(Answer.id)).first() or 0)
        now = maria.services.clock()
        found["return"] = str(next(iter(recoveries.running_recoveries(session, 1, now))).id)
    waits = re.findall(r"/badges/(\d+)/addition", maria.page("/badges"))
    there = dict(zip(("waits", "waits too"), waits, strict=True))
    devices = re.findall(r"/devices/(\d+)/removal", maria.page("/devices"))
    return found | there | {"device": devices[0]}


def address(act: Act, numbers: dict[str, str], number: str) -> str:
    path = BY_NAME[act.route].path.replace("{id:row}", number).replace("{question}", "facts")
    return path.replace("{number:row}", numbers["word" if "/words/" in path else "attachment"])


def does(person: Person, act: Act, path: str, numbers: dict[str, str]) -> Any:
    codes = codes_for(person.services, "maria@exemple.fr")
    filled = {"{code}": codes[-1] if codes else ""} | {f"{{{name}}}": number for name, number in numbers.items()}
    sent = {name: filled.get(value, value) for name, value in act.sent.items()}
    files = (
        [("files", ("photo.jpg", photo("JPEG", size=(41, 30)), "application/octet-stream"))] if act.has_file else None
    )
    method = method_of(BY_NAME[act.route])
    return person.request(method, path, **({"data": sent, "files": files} if method == "POST" else {}))


def without(text: str, path: str) -> str:
    """*text* less the address that was asked for, and the pages above it, of which the other language is asked after a POST."""
    for above in PurePosixPath(path).parents:
        text = text.replace(f'"{above}"', '""')
    return text.replace(path, "")


def test_what_its_owner_could_do_now_nobody_else_can(app: Starlette, maria: Person, youssef: Person):
    visitor = Person(app)
    visitor.brings(("badge.json", signed()))
    there = numbers(maria)

    for act in ACTS:
        path, nobodys = address(act, there, there[act.about]), address(act, there, NOBODYS)
        before = everything(maria)
        for other in (youssef, visitor) if DOORS[act.route][1] == "visitor" else (youssef,):
            answer, missing = does(other, act, path, there), does(other, act, nobodys, there)
            assert answer.status_code == missing.status_code == (303 if act.route in GONE else 404), act.route
            assert answer.headers.get("location") == missing.headers.get("location"), act.route
            assert without(answer.text, path) == without(missing.text, nobodys), act.route
        assert everything(maria) == before, act.route
        done = does(maria, act, path, there)
        is_done = done.status_code < 400 or (act.route == "return.acknowledgement" and done.status_code == 403)
        assert is_done, f"{act.route}: {done.status_code}, so the refusals proved nothing"
        assert act.route not in GONE or everything(maria) != before, f"{act.route} did nothing of its owner's either"
        if act.route == "attachments.create":
            there["attachment"] = re.findall(r"/attachments/(\d+)/picture", maria.page(f"/evidence/{there['moment']}"))[
                -1
            ]


def test_a_button_that_is_touched_twice_leads_where_it_led_at_first(maria: Person):
    there, elsewhere = numbers(maria), set[str]()

    for act in (act for act in ACTS if method_of(BY_NAME[act.route]) == "POST"):
        path = address(act, there, there[act.about])
        first, second = does(maria, act, path, there), does(maria, act, path, there)
        assert first.status_code == second.status_code, act.route
        first_at, second_at = (re.sub(r"\d+|\?.*", "", one.headers.get("location", "")) for one in (first, second))
        if first_at != second_at:
            elsewhere.add(act.route)
        if act.route == "attachments.create":
            (there["attachment"],) = re.findall(
                r"/attachments/(\d+)/picture", maria.page(f"/evidence/{there['moment']}")
            )
    assert elsewhere == {"evidence.answer.keep"}, "to the next question"


def test_every_address_of_a_row_is_among_them():
    rows = {route.name for route in BY_NAME.values() if "{id:row}" in route.path and route.name not in HANDED}

    assert {act.route for act in ACTS} == rows


# Numbers of others in what is sent


def test_nobody_speaks_of_shows_or_restores_what_a_number_in_the_form_names(maria: Person, youssef: Person):
    hers, (his,) = numbers(maria), youssef.has()
    moment = youssef.tells(his, facts="Une cliente attendait.")
    number = moment.rpartition("/")[2]
    with youssef.services.database.reading() as session:
        answer = session.scalars(select(Answer.id).where(Answer.evidence_id == int(number))).first()
    begun = {"text": "work", "place": ""}
    forms: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
        (f"{moment}/badges", {"badge": hers["badge"]}, {"badge": str(his)}),
        ("/evidence", {"badge": hers["badge"], **begun}, {"badge": str(his), **begun}),
        (f"{moment}/answers", {"answer": hers["answer"]}, {"answer": str(answer)}),
        ("/shares", {"badge": hers["badge"], "days": "7"}, {"badge": str(his), "days": "7"}),
        (
            "/shares",
            {"badge": str(his), "moment": f"{his}-{hers['moment']}", "days": "7"},
            {"badge": str(his), "moment": f"{his}-{number}", "days": "7"},
        ),
    )

    for path, foreign, own in forms:
        before = everything(maria)
        refused = youssef.post(path, data=foreign | key())
        after = everything(maria)
        assert refused.status_code == (404 if "answer" in foreign else 422), (path, refused.status_code)
        assert after == before, path
        assert youssef.post(path, data=own | key()).status_code == 303, "while with his own it is done"


def test_what_was_removed_is_named_to_its_holder_alone(maria: Person, youssef: Person):
    hers = numbers(maria)["badge"]
    assert maria.post(f"/badges/{hers}/removal").status_code == 303

    assert "Ce badge est enlevé" not in youssef.reads(f"/badges?removed={hers}")
    assert "Ce badge est enlevé" in maria.reads(f"/badges?removed={hers}")


def test_a_preview_shows_nothing_of_others(maria: Person, youssef: Person):
    hers, (his,) = numbers(maria), youssef.has()
    name = "Communiquer"
    own = youssef.post("/shares/preview", data={"badge": str(his)})
    assert own.status_code == 200
    assert name in own.text

    foreign = youssef.post("/shares/preview", data={"badge": hers["badge"]}, headers={"HX-Request": "true"})

    assert "Vous avez enlevé un badge depuis." in foreign.text, "as of one that there never was"
    assert name not in foreign.text
