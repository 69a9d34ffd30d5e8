"""What bench/share.py shows: real badges, brought in by the door of the wallet, and the same in the tables of Django."""

import json
import os
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from tests.fixtures.visits import Person, baked, holder
from wallet import openbadges
from wallet.app import create_app, present
from wallet.badges import badges
from wallet.badges.cards import Card
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.pages.markdown import to_html
from wallet.settings import Settings
from wallet.web.services import Services

PROJECT = Path(__file__).parents[1]
DJANGO = PROJECT / ".venv-bench/bin"
SHOWN, SOME, MANY = 3, 60, 5000
"""Badges of a share, of a page, of a full wallet."""
AT_ONCE = 20
"""Files of one upload."""
KEY = Ed25519PrivateKey.generate()


@dataclass(frozen=True, slots=True)
class Filled:
    """What the bench put into the wallet: where the share is, and by which cookies the holders are known."""

    link: str
    some: str
    many: str
    shown: Sequence[Card]
    cards: Sequence[Card]


def badge(number: int) -> bytes:
    """A badge in its picture, with all that a recruiter may read: criteria, what the issuer saw, evidence, skills."""
    sample = samples.samples()[number % 9]
    made = datetime.now(UTC) - timedelta(days=30)
    document = json.loads(samples.make_badge(sample, KEY, made))
    del document["proof"]
    achievement = document["credentialSubject"]["achievement"]
    achievement["alignment"] = [
        {
            "type": ["Alignment"],
            "targetName": f"Compétence {one}",
            "targetUrl": f"https://exemple.fr/skills/{number}-{one}",
        }
        for one in range(2)
    ]
    document["credentialSubject"]["narrative"] = "Pendant *trois semaines* au dépôt, avec l’équipe du matin."
    document["evidence"] = [
        {
            "id": f"https://exemple.fr/evidence/{number}",
            "type": ["Evidence"],
            "name": "Une journée à l’accueil",
            "narrative": "Elle a reçu vingt personnes et a noté leurs demandes.",
        }
    ]
    method = f"{document['issuer']['id']}#{document['issuer']['id'].partition('did:key:')[2]}"
    signed = openbadges.sign_eddsa_rdfc(document, KEY, method, made)
    return baked(json.dumps(signed).encode(), sample.art)


def files(number: int) -> list[tuple[str, bytes]]:
    return [(f"badge-{one}.png", badge(one)) for one in range(number)]


def cookie_of(person: Person) -> str:
    return f"{person.services.cookie}={person.cookies[person.services.cookie]}"


def fill(folder: Path, origin: str) -> Filled:
    """Three holders come in by the door: one shows three badges, one keeps sixty, one five thousand (most are copies)."""
    settings = Settings(
        origin=origin,
        database_url=f"sqlite:///{folder}/var/wallet.sqlite3",
        files_url=f"file://{folder}/var/files",
        keys=folder / "var/keys.json",
        erasures=folder / "var/erasures",
    )
    app = create_app(settings, clock=present)
    services: Services = app.state.services
    services.database.migrate()
    shows = holder(app, *files(SHOWN), address="192.0.2.1")
    link = shows.link_of(shows.shows(*shows.has(), name="Sonia", word="Je cherche un poste à l’accueil."))
    everything = files(SOME)
    keeps = holder(app, *everything[:AT_ONCE], address="192.0.2.2")
    for start in range(AT_ONCE, SOME, AT_ONCE):
        keeps.brings(*everything[start : start + AT_ONCE])
    full = holder(app, *everything[:1], address="192.0.2.3")
    with services.database.writing() as session:
        one = session.query(KeptBadge).order_by(KeptBadge.id.desc()).first()
        row = {column.name: getattr(one, column.name) for column in KeptBadge.__table__.columns if column.name != "id"}
        session.execute(insert(KeptBadge), [row | {"identity": secrets.token_hex(32)} for _ in range(MANY - 1)])
        first = session.query(KeptBadge).order_by(KeptBadge.id).limit(SHOWN)
        shown = [one.card for one in first]
        cards = [one.card for one in badges.list_badges(session, 2)]
    services.database.close()
    return Filled(link, cookie_of(keeps), cookie_of(full), shown, cards)


def as_a_row(card: Card) -> dict[str, Any]:
    """What Django keeps of *card*: sentences that we choose at each request lie ready there."""
    return {
        "issuer_name": card.issuer_name,
        "skills": [{"name": one["name"], "url": one["url"]} for one in card.alignments],
        "name": card.name,
        "level": card.level,
        "description": card.description,
        "language": card.language,
        "criteria": str(to_html(card.criteria)),
        "head": "Badge intact",
        "advice": "Nous n’avons pas vérifié cet organisme.",
        "chip": "Intact",
        "checks": [
            ["ok", "Le fichier n’a pas été changé. Il vient bien de sa propre clé."],
            ["ok", "L’organisme n’annonce pas de retrait."],
            ["ok", "Il n’a pas de date de fin."],
        ],
        **{name: str(getattr(card, name)) for name in ("issued_on", "checked_at", "added_at")},
    }


def fill_django(folder: Path, filled: Filled) -> str:
    """The same in Django's tables: the cookie of its holder."""
    token = filled.link.rpartition("/")[2]
    ends_at = datetime.now(UTC) + timedelta(days=7)
    told = {
        "share": {
            "token_hash": sha256(token.encode()).hexdigest(),
            "name": "Sonia",
            "word": "Je cherche un poste à l’accueil.",
            "ends_at": str(ends_at),
        },
        "shown": SHOWN,
        "badges": [as_a_row(card) for card in (*filled.shown, *filled.cards[SHOWN:])],
    }
    command = [DJANGO / "python", PROJECT / "bench/django_share/fill.py"]
    env = os.environ | {"BENCH_DATABASE": str(folder / "django.sqlite3")}
    done = subprocess.run(command, input=json.dumps(told), env=env, stdout=subprocess.PIPE, text=True, check=True)
    return f"sessionid={done.stdout.strip()}"
