"""Whose host it is: nobody speaks for an issuer from above, from below, or from the next folder of a shared host.

Each scene of a forger stands beside the genuine one that it copies.
"""

import hashlib
import json
import sys
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school
from tests.openbadges.support.guild import KEY, OTHER_KEY
from tests.openbadges.support.school import School, assertion, badge_class, profile
from tests.openbadges.test_red import dict_of, examine_through, old_badge
from wallet import openbadges
from wallet.openbadges import hosts, shared_hosts
from wallet.openbadges.examination import Fetched

UNIV = "https://univ.example"
FOLDER = Path(shared_hosts.FOLDER)
INDEX = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))


def answered(address: str) -> Fetched:
    return Fetched(address=address, status=200, media_type="", body=b"")


@rows(
    ("asked", "answering", "speaks"),
    [
        ("https://univ.example/1", "https://univ.example/2", True),
        ("http://univ.example/1", "https://UNIV.example:443/1", True),
        ("https://univ.example/1", "https://univ.example./1", True),
        ("https://univ.example/1", "https://www.univ.example/1", True),
        ("https://www.univ.example/1", "https://univ.example/1", True),
        ("https://univ.example:8443/1", "https://www.univ.example:8443/1", True),
        ("https://univ.example/1", "https://univ.example:8443/1", False),
        ("https://univ.example/1", "https://perso.univ.example/1", False),
        ("https://perso.univ.example/1", "https://univ.example/1", False),
        ("https://univ.example/1", "https://www.www.univ.example/1", False),
        ("https://univ.example/1", "https://wwwuniv.example/1", False),
        ("https://alice.github.io/1", "https://alice.github.io/2", True),
        ("https://alice.github.io/1", "https://www.alice.github.io/1", True),
        ("https://alice.github.io/1", "https://bob.github.io/1", False),
        ("https://github.io/1", "https://alice.github.io/1", False),
        # `www` is a name like any other below a suffix: somebody else may have it.
        ("https://github.io/1", "https://www.github.io/1", False),
        ("https://www.co.uk/1", "https://co.uk/1", False),
        ("https://fra1.digitaloceanspaces.com/1", "https://www.fra1.digitaloceanspaces.com/1", False),
        ("https://[", "https://univ.example/", False),
        # One host in its own letters and in ASCII, as whoever redirects writes it (RFC 3987, 3.1; RFC 5891).
        ("http://école.example/1", "https://xn--cole-9oa.example/1", True),
        ("https://École.example/1", "https://www.xn--cole-9oa.example/1", True),
        ("https://straße.example/1", "https://xn--strae-oqa.example/1", True),
        ("https://straße.example/1", "https://strasse.example/1", False),
        ("https://☃.example/1", "https://☃.example/2", True),
        ("https://[2001:db8::1]/1", "https://[2001:db8::2]/1", False),
    ],
)
def test_a_host_speaks_for_itself_with_and_without_www_and_for_no_other(
    asked: str, answering: str, speaks: bool
) -> None:
    assert hosts.speaks_for(answered(answering), asked) is speaks


@pytest.mark.parametrize("spelling", ["g\u00fcild.example", "xn--gild-0ra.example"])
def test_a_name_too_long_for_a_host_is_of_nobody_and_costs_nothing(
    spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte of U+FDFA took a minute to be written in ASCII."""
    asked: list[str] = []
    monkeypatch.setattr(shared_hosts, "is_public_suffix", lambda name: bool(asked.append(name)))
    address = f"https://{spelling}/1"

    assert not hosts.is_shared(address)
    assert not hosts.is_shared("https://" + "\ufdfa" * 254 + "/1")
    assert not hosts.is_shared(f"https://{'a' * 240}.{spelling}/1")
    assert asked == ["xn--gild-0ra.example", "", ""]


@rows(
    "host",
    [
        "s3.amazonaws.com",
        "s3.eu-west-3.amazonaws.com",
        "github.io",
        "co.uk",
        "ewr1.vultrobjects.com",
        "raw.githubusercontent.com",
        "gist.githubusercontent.com",
        "storage.googleapis.com",
        "sites.google.com",
        "f004.backblazeb2.com",
        "objectstorage.eu-paris-1.oraclecloud.com",
        "www.dropbox.com",
        "www.gitlab.com",
        "xn--55qx5d.cn",
        "公司.cn",
        "S3.amazonaws.com.:443",
    ],
)
def test_strangers_share_these_hosts(host: str) -> None:
    assert hosts.is_shared(f"https://{host}/x")


@rows(
    "host",
    [
        "univ.example",
        "alice.github.io",
        "normandie.s3.amazonaws.com",
        "www.alice.github.io",
        "www.ck",  # an exception in the list
        "api.badgr.io",
        "www.credly.com",
        "openbadgefactory.com",
        "localhost",
        "127.0.0.1",
        "é" * 70 + ".example",
    ],
)
def test_these_hosts_are_of_one(host: str) -> None:
    """A platform that writes its issuers' badges itself lets nobody else write there."""
    assert not hosts.is_shared(f"https://{host}/x")


@rows(
    ("prefix", "names"),
    [
        ("https://raw.githubusercontent.com/normandie/", True),
        ("https://raw.githubusercontent.com/normandie/badges/1", True),
        ("https://raw.githubusercontent.com/norm", False),
        ("https://raw.githubusercontent.com/", False),
        ("https://raw.githubusercontent.com", False),
        ("https://raw.githubusercontent.com//x/", False),
        ("https://sites.google.com/view/", False),
        ("https://sites.google.com/view/normandie/", True),
        ("https://drive.google.com/a/b/c/d/e/f/", False),
        ("https://s3.amazonaws.com/normandie/", True),
        ("https://univ.example", True),
        ("https://[", False),
    ],
)
def test_a_prefix_names_a_tenant_when_no_other_begins_like_it(prefix: str, names: bool) -> None:
    assert hosts.names_a_tenant(prefix) is names


# The hosted badge.


def hosted(answers: dict[str, Any], address: str) -> openbadges.Examination:
    """The badge at *address*, in a web of its own."""
    web = School(answers=answers)
    return web.examine(assertion(id=address, badge=f"{address}/class"))


def at(host: str, folder: str = "", issuer: str = "", **rules: Any) -> dict[str, Any]:
    """The three documents of a badge on *host*, of the issuer in its folder *issuer*."""
    issuer_id = f"{host}{issuer}/issuer.json"
    address = f"{host}{folder}/1"
    return {
        address: assertion(id=address, badge=f"{address}/class"),
        f"{address}/class": badge_class(id=f"{address}/class", issuer=issuer_id),
        issuer_id: profile(id=issuer_id, **rules),
    }


@pytest.mark.parametrize("elsewhere", ["https://perso.univ.example/evil.json", "https://example/evil.json"])
def test_a_page_below_or_above_speaks_for_no_issuer(elsewhere: str) -> None:
    """The id is an open redirect of the university, which allows its own subdomains."""
    forged = at(UNIV)
    assert hosted(forged, f"{UNIV}/1").binding == "proven"
    forged[f"{UNIV}/1"] = (elsewhere, forged[f"{UNIV}/1"])

    found = hosted(forged, f"{UNIV}/1")

    assert (found.state, found.binding) == ("unknown", "unknown")
    assert dict_of(found)["intact"] == ("unknown", "redirected-elsewhere")


@pytest.mark.parametrize("part", ["class", "issuer"])
def test_nor_does_it_for_a_class_or_a_profile(part: str) -> None:
    forged = at(UNIV)
    address = f"{UNIV}/1/class" if part == "class" else f"{UNIV}/issuer.json"
    forged[address] = ("https://perso.univ.example/evil.json", forged[address])

    found = hosted(forged, f"{UNIV}/1")

    assert (found.state, found.check("bound").reason) == ("unknown", "redirected-elsewhere")


def test_a_badge_that_moved_to_a_host_that_the_issuer_names_is_the_issuers() -> None:
    moved = "https://badges.univ.example/1"
    genuine = at(UNIV, verification={"allowedOrigins": ["univ.example", "badges.univ.example"]})
    genuine[f"{UNIV}/1"] = (moved, genuine[f"{UNIV}/1"] | {"id": moved})

    assert hosted(genuine, f"{UNIV}/1").state == "valid"
    genuine[f"{UNIV}/issuer.json"] = profile(id=f"{UNIV}/issuer.json")
    assert hosted(genuine, f"{UNIV}/1").binding == "mismatch"


@rows(
    ("answering", "state"),
    [
        (f"{UNIV}/badges/2024/1", "valid"),
        (f"{UNIV}/badges/1", "valid"),
        ("https://www.univ.example/badges/1", "valid"),
        ("http://univ.example/badges/1", "valid"),
        (f"{UNIV}/uploads/evil.json", "invalid"),
        (f"{UNIV}/badges/../uploads/evil.json", "invalid"),
        ("https://www.univ.example/uploads/evil.json", "invalid"),
    ],
)
def test_the_address_that_answers_is_in_scope_not_only_the_one_that_was_asked(answering: str, state: str) -> None:
    """An open redirect within the folder of badges leads to where anybody may put a file."""
    scene = at(UNIV, "/badges", verification={"startsWith": f"{UNIV}/badges/"})
    scene[f"{UNIV}/badges/1"] = (answering, scene[f"{UNIV}/badges/1"])

    found = hosted(scene, f"{UNIV}/badges/1")

    assert found.state == state
    if state == "invalid":
        assert found.check("bound").detail == answering


def test_so_is_the_address_of_a_badge_that_says_it_was_withdrawn() -> None:
    scene = at(UNIV, "/badges", verification={"startsWith": f"{UNIV}/badges/"})
    scene[f"{UNIV}/badges/1"] = (f"{UNIV}/uploads/1", scene[f"{UNIV}/badges/1"] | {"revoked": True})

    found = hosted(scene, f"{UNIV}/badges/1")

    assert (found.state, found.binding) == ("invalid", "mismatch")


SHARED = [
    "https://raw.githubusercontent.com",
    "https://storage.googleapis.com",
    "https://s3.amazonaws.com",
    "https://gist.githubusercontent.com",
]


@pytest.mark.parametrize("host", SHARED)
def test_the_next_folder_of_a_shared_host_only_claims_its_issuer(host: str) -> None:
    """The standard lets the whole host speak (Open Badges 2.0, VerificationObject); here strangers have it."""
    found = hosted(at(host, "/evil", "/normandie"), f"{host}/evil/1")

    assert (found.state, found.binding) == ("unknown", "claimed")
    assert dict_of(found)["bound"] == ("unknown", "host-shared-by-strangers")


@rows(
    ("rules", "binding"),
    [
        ({"startsWith": "{host}/normandie/"}, "proven"),
        ({"startsWith": ["https://univ.example/", "{host}/normandie/badges/"]}, "proven"),
        ({"startsWith": "{host}/normandie/", "allowedOrigins": "{host}"}, "proven"),
        ({"startsWith": "{host}/normandie"}, "claimed"),
        ({"startsWith": "{host}/"}, "claimed"),
        ({"allowedOrigins": "{host}"}, "claimed"),
        ({"startsWith": "{host}/other/"}, "mismatch"),
    ],
)
@rows("host", SHARED[:2])
def test_an_issuer_of_a_shared_host_may_name_its_own_folder(host: str, rules: dict[str, Any], binding: str) -> None:
    written = json.loads(json.dumps(rules).replace("{host}", host))
    genuine = at(host, "/normandie/badges", "/normandie", verification=written)

    assert hosted(genuine, f"{host}/normandie/badges/1").binding == binding


@pytest.mark.parametrize("host", ["https://alice.github.io", "https://normandie.s3.amazonaws.com", UNIV])
def test_a_host_of_ones_own_below_a_suffix_speaks_for_itself(host: str) -> None:
    assert hosted(at(host, "/badges", "/about"), f"{host}/badges/1").state == "valid"
    forged = at(host, "/badges", "/about")
    forged[f"{host}/badges/1"] = ("https://bob.github.io/badges/1", forged[f"{host}/badges/1"])
    assert hosted(forged, f"{host}/badges/1").state == "unknown"


def test_a_class_that_a_stranger_of_the_same_host_carries_is_not_vouched_for() -> None:
    host = SHARED[0]
    forged = at(host, "/evil", "/normandie")
    carried = badge_class(id=f"{host}/normandie/class", issuer=f"{host}/normandie/issuer.json")
    forged |= {f"{host}/evil/1": assertion(id=f"{host}/evil/1", badge=carried), f"{host}/normandie/class": 500}

    assert dict_of(hosted(forged, f"{host}/evil/1"))["conforms"] == ("unknown", "not-found-at-issuer")


@pytest.mark.parametrize(
    ("town", "binding"), [("https://hall.example", "proven"), *((host, "claimed") for host in SHARED[:2])]
)
def test_a_word_on_a_badge_is_by_the_same_rules_whose_it_is(town: str, binding: str) -> None:
    """An endorsement is hosted as a badge is: the next folder of a shared host is not the town hall's."""
    web, word, hall = School(), f"{town}/evil/word", f"{town}/normandie/profile"
    claim = {"id": school.BADGE, "endorsementComment": "Je l’ai vue souder."}
    said = {"@context": school.CONTEXT, "type": "Endorsement", "id": word, "claim": claim, "issuer": hall}
    web.answers |= {word: said | {"issuedOn": "2026-02-01T00:00:00Z"}, hall: profile(id=hall)}
    web.answers[school.BADGE] = assertion(endorsement=word)

    (told,) = web.examine(assertion()).endorsements

    assert told.binding == binding


# The signed badge of before 2.0, whose key need only stand on the issuer's host.


@pytest.mark.parametrize(
    ("home", "binding"),
    [(school.HOME, "proven"), ("https://alice.github.io", "proven"), *((host, "claimed") for host in SHARED[:2])],
)
@pytest.mark.parametrize("www", ["", "www."])
def test_an_old_key_on_a_shared_host_only_claims_its_issuer(home: str, binding: str, www: str) -> None:
    """With `www.` before it, it was nobody's but the issuer's."""
    web = School()
    issuer = profile(id=f"{home}/normandie/issuer", **{"@context": "https://w3id.org/openbadges/v1"})
    web.answers |= {
        school.CLASS: badge_class(issuer=issuer["id"]),
        issuer["id"]: issuer,
        (key := f"{home.replace('://', f'://{www}')}/evil/key.pem"): school.pem(1).encode(),
    }

    found = web.examine(old_badge(key))

    assert found.binding == binding
    web.answers[issuer["id"]] = issuer | {"publicKey": key}
    assert web.examine(old_badge(key)).binding == "proven"


# The keys of Open Badges 3.0.


@pytest.mark.parametrize(
    ("issuer", "address"),
    [
        ("did:web:univ.example", f"{UNIV}/.well-known/did.json"),
        (f"{UNIV}/profile", f"{UNIV}/profile"),
    ],
)
@pytest.mark.parametrize("elsewhere", ["https://perso.univ.example/did.json", "https://example/did.json"])
def test_keys_from_below_or_above_are_nobodys(issuer: str, address: str, elsewhere: str) -> None:
    his = guild.did_document(OTHER_KEY, issuer)
    forged = guild.signed(guild.badge(issuer), OTHER_KEY, f"{issuer}#key-1")
    silent = {f"{UNIV}/.well-known/jwks.json": (f"{UNIV}/.well-known/jwks.json", [])}

    assert examine_through({address: (address, his)} | silent, forged).binding == "proven"
    assert examine_through({address: (address.replace("//", "//www."), his)} | silent, forged).binding == "proven"
    found = examine_through({address: (elsewhere, his)} | silent, forged)
    assert (found.state, found.check("intact").reason) == ("unknown", "redirected-elsewhere")


@pytest.mark.parametrize("host", ["https://shared.example", *SHARED[:2]])
def test_a_key_document_beside_the_issuer_binds_nothing_unless_the_issuer_links_it(host: str) -> None:
    issuer, address = f"{host}/normandie/issuer.json", f"{host}/evil/key.json"
    key = {"id": address, "controller": issuer, "publicKeyMultibase": guild.multikey(OTHER_KEY)}
    badge = guild.signed(guild.badge(issuer), OTHER_KEY, address)

    def binding(**own: Any) -> str:
        return guild.examine(badge, {address: key, issuer: {"id": issuer, "type": "Profile"} | own}).binding

    assert binding() == "claimed"
    for linked in ({"verificationMethod": address}, {"publicKey": [{"id": address}]}, {"assertionMethod": [address]}):
        assert binding(**linked) == "proven"
    assert binding(verificationMethod=f"{host}/normandie/key.json") == "claimed"
    assert binding(verificationMethod=address, assertionMethod=[]) == "claimed"
    assert binding(verificationMethod=[5, None, {"id": 5}, {"id": address, "type": "Multikey"}]) == "claimed"
    own = {"id": "#1", "publicKeyMultibase": guild.multikey(KEY)}
    assert binding(verificationMethod=own) == "mismatch"
    assert binding(verificationMethod=[own, address]) == "proven"


@pytest.mark.parametrize("named", ["https://evil.example/issuer", None])
def test_a_key_document_that_is_linked_names_nobody_else(named: str | None) -> None:
    issuer, address = f"{UNIV}/issuer.json", f"{UNIV}/key.json"
    key = {"id": address, "controller": named, "publicKeyMultibase": guild.multikey(KEY)}
    badge = guild.signed(guild.badge(issuer), by=address)
    linked = {"id": issuer, "verificationMethod": address}

    key = {name: value for name, value in key.items() if value is not None}
    found = guild.examine(badge, {address: key, issuer: linked})

    assert found.binding == ("claimed" if named else "proven")


@pytest.mark.parametrize(
    ("linked", "binding"),
    [
        ({"assertionMethod": [f"{UNIV}/key.json"]}, "proven"),
        ({"verificationMethod": [f"{UNIV}/key.json"]}, "claimed"),
        ({"verificationMethod": [f"{UNIV}/key.json"], "assertionMethod": []}, "claimed"),
    ],
)
def test_the_document_of_a_did_links_its_keys_for_assertions(linked: dict[str, Any], binding: str) -> None:
    issuer, address = "did:web:univ.example", f"{UNIV}/key.json"
    key = {"id": address, "controller": issuer, "publicKeyMultibase": guild.multikey(KEY)}
    answers = {address: key, f"{UNIV}/.well-known/did.json": {"id": issuer} | linked}

    assert guild.examine(guild.signed(guild.badge(issuer), by=address), answers).binding == binding


def test_a_profile_of_somebody_else_links_nothing() -> None:
    issuer, address = f"{UNIV}/issuer.json", f"{UNIV}/key.json"
    key = {"id": address, "controller": issuer, "publicKeyMultibase": guild.multikey(KEY)}
    badge = guild.signed(guild.badge(issuer), by=address)

    other = {"id": "https://other.example/", "verificationMethod": address}
    assert guild.examine(badge, {address: key, issuer: other}).binding == "claimed"


@pytest.mark.parametrize(("host", "binding"), [(UNIV, "proven"), *((host, "claimed") for host in SHARED[:2])])
def test_the_list_of_keys_of_a_shared_host_is_not_that_of_its_tenants(host: str, binding: str) -> None:
    issuer = f"{host}/normandie/issuer.json"
    badge = guild.signed(guild.badge(issuer), by=f"{issuer}#{guild.multikey(KEY)}")
    answers = {issuer: {"id": issuer}, f"{host}/.well-known/jwks.json": {"keys": [guild.jwk(KEY)]}}

    assert guild.examine(badge, answers).binding == binding
    own = {"id": "#1", "publicKeyMultibase": guild.multikey(KEY)}
    assert guild.examine(badge, answers | {issuer: {"id": issuer, "verificationMethod": own}}).binding == "proven"


# The list of suffixes.


@pytest.mark.breadth
def test_no_list_of_suffixes_is_read_where_no_rule_of_hosts_asks_for_it(tmp_path: Path) -> None:
    """A badge of a key, of a did:web, and of one that redirects to itself: none of these waits for 10,000 names."""
    script = """
import json, sys
from tests.openbadges.support import guild
from wallet.openbadges import shared_hosts
web = f"{guild.WEB_DID}#key-1"
answers = {guild.DID_DOCUMENT: guild.did_document(), guild.LIST: guild.signed(guild.status_list())}
badge = guild.badge(credentialStatus=guild.status())
states = [guild.examine(guild.signed(badge), answers).state]
states += [guild.examine(guild.signed(guild.badge(guild.WEB_DID), by=web), answers).state]
print(json.dumps([states, shared_hosts._rules.cache_info().currsize]))
"""
    done = run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [["valid", "valid"], 0]


def test_the_list_is_what_its_index_says() -> None:
    data = (FOLDER / INDEX["file"]).read_bytes()

    assert hashlib.sha256(data).hexdigest() == INDEX["sha256_of_the_data"]
    rules = data.decode("ascii").splitlines()
    assert rules == sorted(set(rules))
    assert all(rule == rule.lower().strip() for rule in rules)
    assert {"com", "co.uk", "github.io", "*.ck", "!www.ck", "s3.amazonaws.com"} <= set(rules)


def test_a_list_is_turned_into_names_in_ascii_one_a_line() -> None:
    from tools.public_suffixes import rules_in  # noqa: PLC0415

    written = "// a word\n\ncom\nCO.uk // behind it\n*.ck\n!www.ck\n公司.cn\n*.Nähe.example\ncom\n"

    assert rules_in(written) == ["!www.ck", "*.ck", "*.xn--nhe-qla.example", "co.uk", "com", "xn--55qx5d.cn"]


@rows(
    ("address", "host"),
    [
        ("did:web:a.example%3A80:b", "a.example"),
        ("did:web:a.example%3a80", "a.example"),
        ("https://école.example/", "xn--cole-9oa.example"),
        ("https://[", ""),
        # As it is asked for, and not the host of somebody else whose name looks alike (RFC 5891; IDNA of 2003 writes `ss`).
        ("https://straße.example/", "xn--strae-oqa.example"),
        ("https://☃.example/", ""),
        (f"https://{'é' * 300}.example/", ""),
        # No DID has such letters (DID Core 1.0, 3.1), and no document is asked for there.
        ("did:web:аpple.example", ""),
        # One host, however it is written: a platform is a platform, and no site of its tenant.
        ("did:web:OpenBadgeFactory.com:eve", "openbadgefactory.com"),
        ("https://OpenBadgeFactory.com./eve", "openbadgefactory.com"),
        # A stranger's host, of which only the beginning was read.
        ("did:web:a.example%2Eevil.example", ""),
        ("did:web:a.example%2devil.example:b", ""),
        ("did:web:a.example%3A80%2Eevil.example", ""),
        ("did:web:%61.example", ""),
    ],
)
def test_a_host_is_told_in_letters_that_cannot_be_mistaken(address: str, host: str) -> None:
    assert openbadges.host_of(address) == host


@pytest.mark.parametrize(
    ("host", "platform"),
    [
        ("openbadgefactory.com", "Open Badge Factory"),
        ("eu.openbadgefactory.com", "Open Badge Factory"),
        ("myopenbadgefactory.com", ""),
        ("openbadgefactory.com.example", ""),
        ("greta.example", ""),
    ],
)
def test_a_platform_is_known_by_its_own_host_and_those_below(host: str, platform: str) -> None:
    assert openbadges.platform_of(host) == platform
