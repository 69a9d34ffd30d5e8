"""Where a credential says that its withdrawal is told: its `credentialStatus`, however that is written.

As linked data an entry is signed by what it says and not by how it is written, and whoever holds a withdrawn badge chooses that:
told twice, in pieces under one id, inside something else that has its id, a word of it in a list, it is the same entry.
Sources: Bitstring Status List 1.0, 2.1; Status List 2021; Open Badges 3.0, 1EdTechRevocationList.
"""

from collections.abc import Mapping
from typing import Any

from .. import dates, strict_json, texts

PLAIN_LIST = "1EdTechRevocationList"
_WHOLE = {f"https://purl.imsglobal.org/spec/vcrl/v1p0/context.json#{PLAIN_LIST}": PLAIN_LIST}
"""Its whole address: of the kinds of entry the one that needs no other words, which would have no meaning without its short name."""
SUBJECTS = {
    "BitstringStatusListEntry": "BitstringStatusList",
    "StatusList2021Entry": "StatusList2021",
    "RevocationList2020Status": "RevocationList2020",
}
"""The kinds of entry, and of the subject of the list that each points into."""
_WORDS = frozenset(
    {
        *("type", "statusPurpose", "statusSize", "statusListIndex", "statusListCredential"),
        *("revocationListIndex", "revocationListCredential"),
    }
)
"""What an entry is read by."""


def entries_of(credential: Mapping[str, Any]) -> list[Any]:
    """Each entry that *credential* has, once, as far as it stands there; what is no object is as it is written."""
    found: dict[str, Any] = {}
    for item in texts.listed(credential.get("credentialStatus")):
        entry = {"id": item} if isinstance(item, str) else _plainly(item) if isinstance(item, dict) else item
        name = texts.address(entry.get("id")) if isinstance(entry, dict) else ""
        other = found.get(name)
        if other and any(other.get(member, said) != said for member, said in entry.items()):
            name = ""  # another one, which its issuer calls the same
        found[name or repr(entry)] = (other | entry) if other and name else entry
    return list(found.values())


def completed(entries: list[Any], credential: Mapping[str, Any]) -> list[Any]:
    """*entries*, each with what *credential* says of it where something else has the same id: there it is signed alike."""
    elsewhere: dict[str, dict[str, Any]] = {entry["id"]: {} for entry in entries if _has_id(entry)}
    for one in strict_json.members(credential) if elsewhere else ():
        if _has_id(one) and one["id"] in elsewhere:
            said = _plainly({name: one[name] for name in _WORDS & one.keys()})
            elsewhere[one["id"]] = _joined(elsewhere[one["id"]], said)
    return [_joined(entry, elsewhere[entry["id"]]) if _has_id(entry) else entry for entry in entries]


def _has_id(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _joined(entry: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    kind = {"type": said["type"]} if _is_known(said) and not _is_known(entry) else {}
    return {**said, **entry, **kind}


def _is_known(entry: Mapping[str, Any]) -> bool:
    kind = entry.get("type")
    return isinstance(kind, str) and (kind in SUBJECTS or kind == PLAIN_LIST)


def _plainly(entry: Mapping[str, Any]) -> dict[str, Any]:
    kind = kind_of(entry)
    known = {"type": kind} if kind in SUBJECTS or kind == PLAIN_LIST else {}
    return {member: _said(said) for member, said in entry.items() if not dates.is_absent(said)} | known


def _said(written: Any) -> Any:
    """What is *written*, once; an address may stand in an object that has nothing else."""
    items = texts.listed(texts.single(written))
    return texts.single([item["id"] if isinstance(item, dict) and item.keys() == {"id"} else item for item in items])


def kind_of(entry: Any) -> str:
    """The one kind of *entry* that is read here; else what stands there, in the quotes and brackets that no kind has."""
    if not isinstance(entry, dict):
        return repr(entry)[:80]
    kinds = [_WHOLE.get(kind, kind) if isinstance(kind, str) else kind for kind in texts.listed(entry.get("type"))]
    known = {kind for kind in kinds if isinstance(kind, str) and (kind in SUBJECTS or kind == PLAIN_LIST)}
    return known.pop() if len(known) == 1 else str(kinds or entry)[:80]
