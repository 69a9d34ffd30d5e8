"""The nine badges of the framework, for trying out: made here, signed with a key that is thrown away.

Their issuer is « Organisme d’essai », who is nobody. Each badge is there as Open Badges 3.0, which proves itself, and as
2.0, which its issuer's address must confirm: `web.json` says what that address would answer. Beside them lie the
register in which « Région d’essai », who is nobody either, vouches for that issuer, and the addition to the framework
by which the badges count: whoever names them to a wallet sees green. (Open Badges 3.0; Open Badges 2.0)
"""

import base64
import errno
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import resvg_py
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import openbadges

ISSUER = "Organisme d’essai"
ABOUT = "Cet organisme n’existe pas. Il sert à essayer Mes badges."
VOUCHER = "Région d’essai"
HOME = "https://organisme-essai.example"
RECIPIENT = "sonia@example.org"
RECIPIENT_NAME = "Sonia"
SIDE = 600
"""Pixels of a picture."""
CARRIED_SIDE = 240
"""Pixels of the picture that a badge carries within: enough for a page, light enough for a file."""
ART = Path(__file__).parents[1] / "static" / "art"


@dataclass(frozen=True, slots=True)
class Sample:
    """One badge of the framework, in the words of its issuer."""

    art: str
    """Its drawing, and its name in files and addresses."""
    name: str
    description: str
    criteria: str
    """Markdown."""

    @property
    def drawing(self) -> str:
        """Its picture as SVG."""
        return (ART / f"{self.art}.svg").read_text(encoding="utf-8")

    def picture(self, side: int = SIDE) -> bytes:
        """Its picture as PNG, *side* pixels wide."""
        return resvg_py.svg_to_bytes(svg_string=self.drawing, width=side)


_LEVELS = {
    "1": ("je pratique", "La personne le fait, avec un peu d’aide :"),
    "2": ("je maîtrise", "La personne le fait seule, dans plusieurs situations :"),
}
_COMPETENCIES = (
    (
        "organiser",
        "Organiser",
        "Sait préparer son travail, suivre les étapes et tenir l’heure.",
        ("prépare ses outils avant de commencer", "fait les tâches dans le bon ordre", "arrive à l’heure, ou prévient"),
    ),
    (
        "adapter",
        "S’adapter",
        "Sait changer sa façon de faire quand le travail change.",
        ("garde son calme devant un imprévu", "essaie une autre solution", "apprend un geste nouveau"),
    ),
    (
        "communiquer",
        "Communiquer",
        "Sait expliquer, écouter et demander.",
        ("explique ce qui est fait", "écoute sans couper la parole", "demande quand ce n’est pas clair"),
    ),
    (
        "integrer",
        "S’intégrer",
        "Sait travailler avec les autres et suivre les règles du lieu.",
        ("respecte les règles de sécurité", "aide une autre personne de l’équipe", "tient compte des remarques"),
    ),
)
_FRAMEWORK, _LEVEL_NAMES = "normandie", {"1": "practises", "2": "masters"}
_GENERAL = Sample(
    "general",
    "Badge général",
    "Maîtrise au moins trois des quatre compétences.",
    "La personne a reçu au moins trois badges « je maîtrise » :\n\n"
    "- Organiser\n- S’adapter\n- Communiquer\n- S’intégrer",
)


def samples() -> tuple[Sample, ...]:
    """The nine badges: four competencies at two levels, and the general one."""
    found = [
        Sample(
            f"{art}-{number}",
            f"{name} – {level}",
            description,
            "\n".join([f"{how}\n", *(f"- {fact}" for fact in facts)]) + "\n\nUne formatrice l’a observé au travail.",
        )
        for art, name, description, facts in _COMPETENCIES
        for number, (level, how) in _LEVELS.items()
    ]
    return (*found, _GENERAL)


def write_samples(folder: Path, now: datetime | None = None) -> None:
    """Write the nine badges into *folder*, each four times, with what they need to be green; raises OSError.

    `ob3-*.png` and `ob3-*.svg` are Open Badges 3.0, `ob2-*` are 2.0; `changed.svg` is one of them, in which a word was
    changed afterwards. `web.json` is for `wallet check --web`, `issuers.json` for WALLET_ISSUERS and `frameworks/` for
    WALLET_FRAMEWORKS. *now* is the moment at which they are given. A file of one of these names that is not of samples stays,
    and nothing is written.
    """
    _refuse_to_overwrite(folder)
    moment, key = (now or datetime.now(UTC)).replace(microsecond=0), Ed25519PrivateKey.generate()
    issued = moment - timedelta(days=1)
    web = folder / "web"
    web.mkdir(parents=True, exist_ok=True)
    answers = {f"{HOME}/issuer.json": _write(web / "issuer.json", profile())}
    for sample in samples():
        picture = sample.picture()
        new = make_badge(sample, key, issued)
        if sample is samples()[-1]:
            changed = sample.drawing.encode(), new.replace("général", "royal")
            (folder / "changed.svg").write_bytes(openbadges.bake(*changed))
        (folder / f"ob3-{sample.art}.png").write_bytes(openbadges.bake(picture, new))
        (folder / f"ob3-{sample.art}.svg").write_bytes(openbadges.bake(sample.drawing.encode(), new))
        assertion, badge_class = make_assertion(sample, issued), make_class(sample)
        old = json.dumps(assertion, ensure_ascii=False)
        (folder / f"ob2-{sample.art}.png").write_bytes(openbadges.bake(picture, old, "openbadges"))
        (folder / f"ob2-{sample.art}.svg").write_bytes(openbadges.bake(sample.drawing.encode(), old, "openbadges"))
        answers[assertion["id"]] = _write(web / f"{sample.art}.json", assertion)
        answers[badge_class["id"]] = _write(web / f"{sample.art}-class.json", badge_class)
        answers[assertion["image"]] = f"ob2-{sample.art}.png"
    (folder / "web.json").write_text(json.dumps(answers, indent=1), encoding="utf-8")
    issuers = [openbadges.did_key(key), f"{HOME}/issuer.json"]
    register = [{"id": one, "name": ISSUER, "vouched_by": VOUCHER} for one in issuers]
    (folder / "issuers.json").write_text(json.dumps(register, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "frameworks").mkdir(exist_ok=True)
    _write(folder / "frameworks" / f"{_FRAMEWORK}.json", framework_addition())


def _refuse_to_overwrite(folder: Path) -> None:
    """Raises FileExistsError for what is an operator's own: all that is of samples names their issuer, or its address."""
    art = [sample.art for sample in samples()]
    beside = ("web.json", "issuers.json", f"frameworks/{_FRAMEWORK}.json", "changed.svg", "web/issuer.json")
    badges = (f"ob{version}-{one}.{ending}" for one in art for version in (3, 2) for ending in ("png", "svg"))
    answers = (f"web/{one}{ending}.json" for one in art for ending in ("", "-class"))
    for path in (folder / name for name in (*beside, *badges, *answers)):
        if path.exists() and not any(one.encode() in path.read_bytes() for one in (HOME, ISSUER)):
            raise FileExistsError(
                errno.EEXIST, "This is not of samples. Name another folder; nothing was made", str(path)
            )


def _write(path: Path, document: dict[str, Any]) -> str:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return f"web/{path.name}"


def make_badge(
    sample: Sample,
    key: Ed25519PrivateKey,
    issued: datetime,
    valid_until: datetime | None = None,
    recipient: str = RECIPIENT,
) -> str:
    """*sample* as Open Badges 3.0, signed by the did:key of *key*, for the person with the address *recipient*."""
    issuer = openbadges.did_key(key)
    multikey = issuer.removeprefix("did:key:")
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": sample.name,
        "issuer": {"id": issuer, "type": ["Profile"], "name": ISSUER, "description": ABOUT},
        "validFrom": _written(issued),
        **({"validUntil": _written(valid_until)} if valid_until else {}),
        "credentialSubject": _subject(sample, recipient),
    }
    return json.dumps(openbadges.sign_eddsa_rdfc(document, key, f"{issuer}#{multikey}", issued), ensure_ascii=False)


def framework_addition() -> dict[str, Any]:
    """What is added to the framework so that the samples count there, while the register vouches for their issuer."""

    def badges(art: str) -> dict[str, list[str]]:
        made = next(one for one in samples() if one.art == art)
        return {"ids": [_achievement_id(made), _class_address(made)]}

    return {
        "id": _FRAMEWORK,
        "competencies": [
            {"key": art, "badges": {level: badges(f"{art}-{number}") for number, level in _LEVEL_NAMES.items()}}
            for art, *_ in _COMPETENCIES
        ],
        "general": {"badges": badges(_GENERAL.art)},
    }


def _achievement_id(sample: Sample) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, _class_address(sample))}"


def _subject(sample: Sample, recipient: str) -> dict[str, Any]:
    salt, hashed = _hashed(recipient)
    return {
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "identityType": "emailAddress",
                "hashed": True,
                "identityHash": hashed,
                "salt": salt,
            },
            {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": RECIPIENT_NAME},
        ],
        "achievement": {
            # The same for everyone who achieves it.
            "id": _achievement_id(sample),
            "type": ["Achievement"],
            "achievementType": "Competency",
            "name": sample.name,
            "description": sample.description,
            "criteria": {"narrative": sample.criteria},
            "image": {"id": _picture_address(sample), "type": "Image"},
            "inLanguage": "fr",
        },
    }


def make_assertion(
    sample: Sample, issued: datetime, expires: datetime | None = None, recipient: str = RECIPIENT
) -> dict[str, Any]:
    """*sample* as a hosted badge of Open Badges 2.0: what its address answers."""
    salt, hashed = _hashed(recipient)
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{HOME}/badges/{sample.art}.json",
        "badge": _class_address(sample),
        "image": f"{HOME}/badges/{sample.art}.png",
        "recipient": {"type": "email", "hashed": True, "salt": salt, "identity": hashed},
        "extensions:recipientProfile": {
            "@context": "https://openbadgespec.org/extensions/recipientProfile/context.json",
            "type": ["Extension", "extensions:RecipientProfile"],
            "name": RECIPIENT_NAME,
        },
        "verification": {"type": "HostedBadge"},
        "issuedOn": _written(issued),
        **({"expires": _written(expires)} if expires else {}),
    }


def make_class(sample: Sample) -> dict[str, Any]:
    """What *sample* recognises, as a BadgeClass of Open Badges 2.0."""
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": _class_address(sample),
        "@language": "fr",
        "name": sample.name,
        "description": sample.description,
        "image": _picture_address(sample),
        "criteria": {"narrative": sample.criteria},
        "issuer": f"{HOME}/issuer.json",
    }


def profile() -> dict[str, Any]:
    """« Organisme d’essai » as a Profile of Open Badges 2.0."""
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": f"{HOME}/issuer.json",
        "name": ISSUER,
        "url": HOME,
        "email": "personne@organisme-essai.example",
        "description": ABOUT,
    }


def _class_address(sample: Sample) -> str:
    return f"{HOME}/classes/{sample.art}.json"


def _picture_address(sample: Sample) -> str:
    return f"data:image/png;base64,{base64.b64encode(sample.picture(CARRIED_SIDE)).decode()}"


def _hashed(address: str) -> tuple[str, str]:
    """A salt, which keeps the hash of *address* from being looked up in a list of hashes, and that hash."""
    salt = secrets.token_hex(8)
    return salt, f"sha256${hashlib.sha256((address + salt).encode()).hexdigest()}"


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
