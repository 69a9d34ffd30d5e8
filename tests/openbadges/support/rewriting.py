"""Badges whose things share ids, and how their holder may write them anew so that linked data signs the same."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from tests.openbadges.support import guild

Object = dict[str, Any]
HOURS = "https://api.openbadges.education/static/extensions/StudyLoadExtension/context.json"
AGAIN = "https://guild.example/again"
STATUS_LISTS: dict[str, guild.Answer] = {
    guild.LIST: guild.signed(guild.status_list([1], purpose=["revocation", "suspension"]))  # type: ignore[arg-type]
}
"""What the guild answers: whoever stands in the place 1 was withdrawn."""


class Badges:
    """Random badges of the guild, not signed, some of whose things have one id."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._ids: list[str] = []

    def badge(self) -> Object:
        self._ids = [f"urn:s{number}" for number in range(self._dice.randrange(2, 12))] + [guild.did(), AGAIN]
        made = guild.badge(validUntil=self._dice.choice(["2020-01-01T00:00:00Z", *["2030-01-01T00:00:00Z"] * 5]))
        subject = made["credentialSubject"]
        made["issuer"] = self._profile() | {"id": guild.did()} | self._perhaps(parentOrg=self._profile())
        made["evidence"] = self._things("Evidence", name="n", narrative="w", description="w", genre="g")
        subject |= self._perhaps(
            id=self._dice.choice(self._ids), source=self._profile(), role="Soudeuse", licenseNumber="7", creditsEarned=3
        )
        subject["identifier"] += self._things("IdentityObject", identityHash="Maria", identityType="name", hashed=False)
        subject["achievement"] |= self._achievement()
        described = subject["achievement"].get("resultDescription", [])
        if described:
            subject["result"] = self._things(
                "Result", value="9", status="Failed", achievedLevel="id", resultDescription="id"
            )
        if self._dice.random() < 0.2:
            # But for that of its achievement: what both may say is told of both (proofs/shared_ids.py).
            made["id"] = self._dice.choice([one for one in self._ids if one != subject["achievement"]["id"]])
        if self._dice.random() < 0.2:
            made["@context"] = [guild.VC2, guild.OB3, HOURS]
            self._dice.choice([made, subject["achievement"]])["extensions:StudyLoadExtension"] = self._hours()
        return made | self._perhaps(
            credentialStatus=self._entries(), endorsement=[self._endorsement()], refreshService={"id": AGAIN}
        )

    def _hours(self) -> Object:
        return {"StudyLoad": 90} | self._perhaps(id=self._dice.choice(self._ids))

    def _achievement(self) -> Object:
        level = {"name": "l", "level": "lv", "points": "3", "description": "w"}
        description = {"name": "rd", "resultType": "GradePointAverage", "valueMax": "20", "requiredValue": "10"}
        alignment = {"targetName": "t", "targetUrl": "url", "targetFramework": "f", "targetCode": "k"}
        described = self._things("ResultDescription", **description)
        for one in described:
            one["rubricCriterionLevel"] = self._things("RubricCriterionLevel", **level)
        return self._perhaps(
            id=self._dice.choice(self._ids),
            creator=self._profile(),
            criteria=self._thing("Criteria", narrative="w"),
            image={"id": self._dice.choice(self._ids), "type": "Image", "caption": self._word("c")},
            alignment=self._things("Alignment", **alignment),
            resultDescription=described,
            related=self._things("Related", inLanguage="fr", version="v"),
            otherIdentifier=self._things("IdentifierEntry", identifier="i", identifierType="sourcedId"),
            humanCode="h",
            version="1",
            fieldOfStudy="Métal",
        )

    def _perhaps(self, **members: Any) -> Object:
        return {name: value for name, value in members.items() if self._dice.random() < 0.5}

    def _things(self, kind: str, **members: Any) -> list[Object]:
        return [self._thing(kind, **members) for _ in range(self._dice.randrange(3))]

    def _thing(self, kind: str, **members: Any) -> Object:
        said = {name: self._said(value) for name, value in members.items() if self._dice.random() < 0.7}
        return {"type": [kind]} | said | ({"id": self._dice.choice(self._ids)} if self._dice.random() < 0.6 else {})

    def _said(self, value: Any) -> Any:
        match value:
            case "id":
                return self._dice.choice(self._ids)
            case "url":
                return f"https://x.example/{self._dice.randrange(2)}"
            case "w":
                return self._words()
            case str() if len(value) < 3:
                return self._word(value)
        return value

    def _word(self, kind: str) -> str:
        return f"{kind} {self._dice.randrange(3)}"

    def _words(self) -> Any:
        french = {"@value": self._word("fr"), "@language": "fr"}
        english = {"@value": self._word("en"), "@language": "en"}
        return self._dice.choice([self._word("w"), self._word("w"), french, [french, english]])

    def _profile(self) -> Object:
        return self._thing("Profile", name="w", url="url", description="w", email="a@x.example")

    def _entries(self) -> list[Object]:
        purposes: list[guild.Purpose] = ["revocation", "suspension"]
        entries = [
            guild.status(str(self._dice.randrange(4)), self._dice.choice(purposes))
            for _ in range(self._dice.randrange(1, 3))
        ]
        for entry in entries:
            entry["id"] = self._dice.choice([entry["id"], *self._ids, *self._ids])
        return entries

    def _endorsement(self) -> Object:
        return {
            "@context": [guild.VC2, guild.OB3],
            "id": self._dice.choice(["urn:e", *self._ids]),
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": self._profile(),
            "validFrom": "2026-01-02T03:04:05Z",
            "credentialSubject": {
                "id": self._dice.choice(self._ids),
                "type": ["EndorsementSubject"],
                "endorsementComment": self._word("Bien"),
            },
        }


def written_anew(document: Object, dice: Random) -> Object:
    """*document* after a few games that a holder may play with it; most leave what is signed as it was."""
    other = deepcopy(document)
    for _ in range(dice.randrange(1, 5)):
        dice.choice([_exchanged, _exchanged, _exchanged, _exchanged, _told_in_pieces, _in_another_order, _repeated])(
            other, dice
        )
    return other


def _objects(value: Any) -> Iterator[Object]:
    """The objects in *value* that are things, proofs and contexts set aside."""
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)
    elif isinstance(value, dict) and "@value" not in value:
        yield value
        for name, inner in value.items():
            if name not in {"@context", "proof"}:
                yield from _objects(inner)


def _exchanged(document: Object, dice: Random) -> None:
    """Of two things of one id, one says what the other said."""
    things: dict[str, list[Object]] = {}
    for thing in _objects(document):
        if isinstance(thing.get("id"), str):
            things.setdefault(thing["id"], []).append(thing)
    several = [found for found in things.values() if len(found) > 1]
    if not several:
        return
    one, other = dice.sample(dice.choice(several), 2)
    _share_types(one, other, dice)
    names = [name for name in one if name not in {"id", "type", "@context", "proof"}]
    for name in dice.sample(names, min(len(names), dice.randrange(1, 3))):
        if name not in other or other[name] == one[name]:
            other[name] = deepcopy(one[name])
            if dice.random() < 0.7:
                del one[name]
        elif dice.random() < 0.7:
            one[name], other[name] = other[name], one[name]
        else:
            other[name] = [*_listed(one.pop(name)), *_listed(other[name])]


def _share_types(one: Object, other: Object, dice: Random) -> None:
    """By its type a word has its meaning, and the types of two things of one id are told of both; or each of one of them alone."""
    kinds = list(dict.fromkeys([*_listed(one.get("type", [])), *_listed(other.get("type", []))]))
    if dice.random() < 0.2:
        one["type"], other["type"] = [], []
        for kind in kinds:
            dice.choice([one, other])["type"].append(kind)
        return
    for thing in (one, other):
        if dice.random() < 0.8:
            thing["type"] = kinds


def _told_in_pieces(document: Object, dice: Random) -> None:
    lists = [
        value
        for thing in _objects(document)
        for name, value in thing.items()
        if name not in {"@context", "type", "proof"} and isinstance(value, list)
    ]
    named = [(value, item) for value in lists for item in value if isinstance(item, dict) and "id" in item]
    if named:
        value, item = dice.choice(named)
        taken = {name: item.pop(name) for name in [*item] if name not in {"id", "type"} and dice.random() < 0.5}
        value.append({"id": item["id"], "type": item.get("type", [])} | taken)


def _in_another_order(document: Object, dice: Random) -> None:
    lists = [
        value
        for thing in _objects(document)
        for name, value in thing.items()
        if name not in {"@context", "proof"} and isinstance(value, list)
    ]
    dice.shuffle(dice.choice(lists))


def _repeated(document: Object, dice: Random) -> None:
    thing = dice.choice([*_objects(document)])
    names = [name for name in thing if name not in {"@context", "proof", "id"}]
    if names:
        name = dice.choice(names)
        thing[name] = [*_listed(thing[name]), *deepcopy(_listed(thing[name])[:1])]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
