"""The command line: what `wallet check` tells, in words and in JSON, how it ends, and what keeps `wallet serve` from it."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fixtures import carriers
from tests.fixtures.whole_wallet import a_wallet
from tests.openbadges.support import sd_jwts
from wallet import __version__, inspection, openbadges, trust
from wallet.cli import check, samples
from wallet.cli.commands import main
from wallet.settings import Settings

pytestmark = pytest.mark.slow
GIVEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = "2026-11-24T10:12:00+00:00"
ROOT = Path(__file__).parents[2]
FIELDS = ["source", "container", "format", "state", "why_unknown", "checks", "name", "issuer", "issued_on", "valid_until", "recipient", "details", "unsigned", "checked_at", "part", "presentation"]  # fmt: skip
SAMPLE = samples.samples()[0]
Wallet = Callable[..., Result]


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wallet:
    """Types a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def type_it(*words: object, **more: Any) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False, **more)

    return type_it


@pytest.fixture
def badge(tmp_path: Path) -> Path:
    """A good badge of Open Badges 3.0, in a file."""
    path = tmp_path / "badge.json"
    path.write_text(samples.make_badge(SAMPLE, Ed25519PrivateKey.generate(), GIVEN), encoding="utf-8")
    return path


@pytest.fixture
def hosted(tmp_path: Path) -> Path:
    """The folder of a badge of Open Badges 2.0 in `badge.png`, and the map of its issuer's web."""
    assertion, badge_class = samples.make_assertion(SAMPLE, GIVEN), samples.make_class(SAMPLE)
    folder = tmp_path / "hosted"
    folder.mkdir()
    answers = {assertion["id"]: assertion, badge_class["id"]: badge_class, samples.profile()["id"]: samples.profile()}
    for number, answer in enumerate(answers.values()):
        (folder / f"{number}.json").write_text(json.dumps(answer))
    (folder / "web.json").write_text(json.dumps({address: f"{at}.json" for at, address in enumerate(answers)}))
    (folder / "badge.png").write_bytes(openbadges.bake(SAMPLE.picture(50), json.dumps(assertion), "openbadges"))
    return folder


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_line_of_json_for_each_badge(wallet: Wallet, badge: Path):
    result = wallet("check", "--json", "--offline", "--at", LATER, badge)

    assert result.exit_code == 0
    (line,) = lines(result)
    assert list(line) == FIELDS
    assert line["source"] == str(badge)
    assert (line["container"], line["format"], line["state"]) == ("json", "Open Badges 3.0, eddsa-rdfc-2022", "valid")
    assert [check["name"] for check in line["checks"]] == list(openbadges.CHECKS)
    assert all(list(check) == ["name", "outcome", "reason", "source"] for check in line["checks"])
    assert all(check["source"] for check in line["checks"] if check["name"] in {"intact", "not_withdrawn"})
    assert line["name"] == "Organiser – je pratique"
    assert line["issuer"] == {
        "id": line["issuer"]["id"], "name": "Organisme d’essai", "binding": "self-certified",
        "key": line["issuer"]["key"], "voices": [{"standing": "key", "source": "badge", "by": "", "name": "", "until": None, "doubt": ""}],
    }  # fmt: skip
    assert line["issuer"]["id"].startswith("did:key:z6Mk")
    assert len(line["issuer"]["key"]) == 43, "a thumbprint of RFC 7638"
    assert (line["issued_on"], line["valid_until"]) == ("2026-03-02T09:00:00+00:00", None)
    assert [one["type"] for one in line["recipient"]] == ["email", "name"]
    assert line["recipient"][0]["hashed"]
    assert line["unsigned"] == []
    assert line["checked_at"] == LATER
    manual = " ".join((ROOT / "docs/command-line.md").read_text(encoding="utf-8").split())
    assert f"issuer{{id, name, binding, key, voices[{{{', '.join(line['issuer']['voices'][0])}}}]}}" in manual


def test_the_same_in_words(wallet: Wallet, badge: Path):
    result = wallet("check", "--offline", badge)

    assert result.exit_code == 0
    assert f"{badge}: valid\n  Organiser – je pratique, by Organisme d’essai (Open Badges 3.0" in result.stdout
    assert "  issuer: a key, and nothing else\n" in result.stdout


def test_why_it_is_unknown_and_what_it_came_in_are_told_in_words(wallet: Wallet, badge: Path, tmp_path: Path):
    unsigned = json.loads(badge.read_text())
    del unsigned["proof"]
    shown = tmp_path / "shown.json"
    shown.write_text(json.dumps({"type": ["VerifiablePresentation"], "verifiableCredential": [unsigned]}))

    result = wallet("check", "--offline", shown)
    (line,) = lines(wallet("check", "--offline", "--json", shown))

    assert "shown.json (1): unknown, signed by nobody\n" in result.stdout
    assert "  unknown presentation    no-proof\n" in result.stdout
    assert (line["why_unknown"], line["presentation"]) == ("unsigned", {"outcome": "unknown", "reason": "no-proof"})


def test_of_one_that_is_shared_in_part_it_is_told_that_its_holder_can_show_more(wallet: Wallet, tmp_path: Path):
    """Not that it is never checked here: it was checked, and its end is kept back."""
    token = tmp_path / "badge.txt"
    token.write_text(sd_jwts.issued(sd_jwts.plain(exp=None), ["validUntil"], []))

    assert (
        "badge.txt: unknown, shared in part: whoever holds it can show more\n"
        in wallet("check", "--offline", token).stdout
    )


def test_it_ends_with_0_for_valid_1_for_not_valid_and_2_for_unreadable(wallet: Wallet, badge: Path, tmp_path: Path):
    forged = tmp_path / "forged.json"
    forged.write_text(badge.read_text().replace("Organiser", "Diriger"))
    text = tmp_path / "text.txt"
    text.write_text("bonjour")

    for what, ends in (
        ([badge], 0),
        ([badge, badge], 0),
        ([badge, forged], 1),
        ([badge, text], 2),
        ([forged, text, badge], 2),
    ):
        result = wallet("check", "--json", "--offline", *what)
        assert result.exit_code == ends
        assert [line["source"] for line in lines(result)] == [str(one) for one in what], "in the order they were given"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"bonjour", "unknown-kind"), (b"\x89PNG\r\n\x1a\n", "damaged"), (b'{"a": NaN}', "broken-json")],
)
def test_why_it_cannot_be_read_is_one_word(wallet: Wallet, tmp_path: Path, content: bytes, reason: str):
    (tmp_path / "file").write_bytes(content)

    result = wallet("check", "--json", "--offline", "file")

    (line,) = lines(result)
    assert result.exit_code == 2
    assert list(line) == FIELDS
    assert (line["state"], line["name"], line["issuer"]) == ("unreadable", None, None)
    assert line["checks"] == [{"name": "readable", "outcome": "failed", "reason": reason, "source": ""}]


def test_a_file_that_is_not_there_is_told_and_the_others_are_checked(wallet: Wallet, badge: Path, tmp_path: Path):
    result = wallet("check", "--json", "--offline", tmp_path / "nothing", tmp_path, badge)

    assert result.exit_code == 2
    assert [line["state"] for line in lines(result)] == ["unreadable", "unreadable", "valid"]
    assert "cannot be opened" in lines(result)[0]["checks"][0]["reason"]


def test_a_badge_comes_in_from_standard_input(wallet: Wallet, badge: Path):
    result = wallet("check", "--json", "--offline", "-", input=badge.read_bytes())

    assert [(line["source"], line["state"]) for line in lines(result)] == [("-", "valid")]


def test_a_map_is_all_the_web_there_is(wallet: Wallet, hosted: Path):
    """Files are named relative to the map, not to where one stands."""
    answered = wallet("check", "--json", "--web", hosted / "web.json", hosted / "badge.png")
    (hosted / "web.json").write_text("{}")
    silent = wallet("check", "--json", "--web", hosted / "web.json", hosted / "badge.png")

    assert (answered.exit_code, lines(answered)[0]["state"]) == (0, "valid")
    assert lines(answered)[0]["issuer"]["binding"] == "proven"
    assert (silent.exit_code, lines(silent)[0]["state"], lines(silent)[0]["why_unknown"]) == (1, "unknown", "later")


@pytest.mark.parametrize(("status", "state"), [(410, "revoked"), (404, "unknown"), (500, "unknown")])
def test_a_map_may_answer_with_a_status(wallet: Wallet, hosted: Path, status: int, state: str):
    answers = json.loads((hosted / "web.json").read_text())
    address = samples.make_assertion(SAMPLE, GIVEN)["id"]
    (hosted / "web.json").write_text(json.dumps({**answers, address: status}))

    result = wallet("check", "--json", "--web", hosted / "web.json", hosted / "badge.png")

    assert (result.exit_code, lines(result)[0]["state"]) == (1, state)


@pytest.mark.parametrize("content", ["", "[]", '{"https://a.example": "nothing.json"}', '{"https://a.example": 99}'])
def test_a_map_that_is_none_is_told_in_a_sentence(wallet: Wallet, badge: Path, tmp_path: Path, content: str):
    (tmp_path / "web.json").write_text(content)

    result = wallet("check", "--web", "web.json", badge)

    assert result.exit_code == 2
    assert "web.json" in result.stderr
    assert "Traceback" not in result.output


def test_an_address_is_checked_where_it_leads(wallet: Wallet, hosted: Path):
    address = samples.make_assertion(SAMPLE, GIVEN)["id"]

    found = wallet("check", "--json", "--web", hosted / "web.json", address)
    lost = wallet("check", "--json", "--web", hosted / "web.json", "https://nowhere.example/badge")

    assert [(line["source"], line["state"]) for line in lines(found)] == [(address, "valid")]
    assert (lost.exit_code, lines(lost)[0]["checks"][0]["reason"]) == (2, "link-no-answer")


def test_offline_nothing_is_asked(wallet: Wallet, hosted: Path):
    result = wallet("check", "--json", "--offline", hosted / "badge.png", "https://issuer.example/badge")

    assert [line["state"] for line in lines(result)] == ["unknown", "unreadable"]
    assert lines(result)[1]["checks"][0]["reason"] == "link-no-answer"


@pytest.mark.parametrize(
    ("emails", "outcome"),
    [((), "unknown"), ((samples.RECIPIENT,), "passed"), (("maria@exemple.fr", samples.RECIPIENT), "passed"), (("maria@exemple.fr",), "failed")],
)  # fmt: skip
def test_an_address_is_compared_with_the_one_the_badge_names(
    wallet: Wallet, badge: Path, emails: tuple[str, ...], outcome: str
):
    result = wallet("check", "--json", "--offline", *(word for one in emails for word in ("--email", one)), badge)

    checks = {check["name"]: check["outcome"] for check in lines(result)[0]["checks"]}
    assert checks["named_to_me"] == outcome
    assert result.exit_code == 0, "whose it is does not change what it is"


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-03-02T10:00:00", "valid"),
        ("2026-06-01T00:00:00+02:00", "valid"),
        ("2026-07-01", "expired"),
    ],
)
def test_another_moment_can_be_asked_about(wallet: Wallet, tmp_path: Path, at: str, state: str):
    ends = datetime(2026, 6, 30, tzinfo=UTC)
    (tmp_path / "badge.json").write_text(samples.make_badge(SAMPLE, Ed25519PrivateKey.generate(), GIVEN, ends))

    (line,) = lines(wallet("check", "--json", "--offline", "--at", at, "badge.json"))

    assert line["state"] == state
    assert line["valid_until"] == ends.isoformat()


def test_a_moment_that_is_none_is_told(wallet: Wallet, badge: Path):
    result = wallet("check", "--at", "yesterday", badge)

    assert result.exit_code == 2
    assert "yesterday is not a time in ISO 8601." in result.stderr
    until = {"format": 2, "issuers": [{"id": "did:web:a.example", "name": "A", "until": "2027-01-01"}]}
    Path("issuers.json").write_text(json.dumps(until), encoding="utf-8")
    far = wallet("check", "--offline", "--at", "9999-12-31", badge, env={"WALLET_ISSUERS": "issuers.json"})
    assert far.exit_code == 2
    assert "9999-12-31 is not within the years 1900 to 9900." in far.stderr


def test_what_no_signature_covers_is_listed(wallet: Wallet, badge: Path):
    document = json.loads(badge.read_text())
    badge.write_text(json.dumps({**document, "myOwnWords": "added"}))

    (line,) = lines(wallet("check", "--json", "--offline", badge))

    assert "/myOwnWords" in line["unsigned"]


@pytest.mark.breadth
def test_the_samples_are_valid_as_they_are_made(wallet: Wallet, tmp_path: Path):
    made = wallet("samples", "trial")
    assert made.exit_code == 0
    assert "Organisme d’essai" in made.stdout
    files = sorted((tmp_path / "trial").glob("ob*.*"))
    assert len(files) == 36

    result = wallet("check", "--json", "--web", "trial/web.json", *files)

    assert result.exit_code == 0
    told = lines(result)
    assert {line["state"] for line in told} == {"valid"}
    assert {line["container"] for line in told} == {"png", "svg"}
    assert {tuple(one["standing"] for one in line["issuer"]["voices"]) for line in told} == {("key",), ("site",)}
    assert len({line["name"] for line in told}) == 9


VOICE = ("standing", "source", "by", "name", "doubt")


def test_who_vouches_by_the_file_of_this_instance_is_told_with_what_the_badge_shows(
    wallet: Wallet, hosted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Named to the letter, and only then."""
    id, site = samples.profile()["id"], ("site", "badge", "organisme-essai.example", "", "")
    said = {"name": "École des Rives", "vouched_by": "Région d’essai", "read_at": "https://region.example/organismes"}
    named = ("vouched", said["read_at"], "Région d’essai", "École des Rives", "")
    monkeypatch.setenv("WALLET_ISSUERS", str(tmp_path / "issuers.json"))
    words = ("check", "--at", LATER, "--web", hosted / "web.json", hosted / "badge.png")

    for one, voices in (
        *((near, [site]) for near in (id.replace("https:", "http:"), id + "/", id.upper(), samples.HOME)),
        (id, [named, site]),
    ):
        (tmp_path / "issuers.json").write_text(json.dumps([{"id": one} | said]))
        (line,) = lines(wallet(*words, "--json"))
        told = [tuple(voice[part] for part in VOICE) for voice in line["issuer"]["voices"]]
        assert (line["state"], told) == ("valid", voices), one

    told = wallet(*words).stdout
    assert "  issuer: vouched for by Région d’essai, as École des Rives\n" in told
    assert "  issuer: its own site: organisme-essai.example\n" in told

    (tmp_path / "issuers.json").unlink()
    refused = wallet(*words)
    assert "cannot be read" in refused.output
    assert "Traceback" not in refused.output
    assert refused.exit_code == 1


def test_what_keeps_it_from_serving_is_told_in_words_and_all_at_once(wallet: Wallet):
    result = wallet("serve", env={"WALLET_ORIGIN": "http://badges.example", "WALLET_LANGUAGE": "de"})

    assert result.exit_code == 1
    assert "WALLET_ORIGIN must be" in result.stderr
    assert "WALLET_LANGUAGE must be" in result.stderr


def test_keys_that_others_can_read_keep_it_from_serving(wallet: Wallet, tmp_path: Path):
    (tmp_path / "var").mkdir()
    a_wallet(Settings())
    (tmp_path / "var/keys.json").chmod(0o644)

    result = wallet("serve")

    assert result.exit_code == 1
    assert "chmod 600" in result.stderr


def test_files_kept_with_an_unknown_option_keep_it_from_serving(wallet: Wallet):
    result = wallet("serve", env={"WALLET_FILES_URL": "s3://bucket?colour=blue"})

    assert result.exit_code == 1
    assert "s3://bucket must be" in result.stderr


def test_help_and_version_are_there(wallet: Wallet):
    assert __version__ in wallet("--version").stdout
    for command in ("serve", "check", "samples"):
        assert command in wallet("--help").stdout
        assert wallet(command, "--help").exit_code == 0
    assert isinstance(main, click.Group)


@pytest.fixture
def badge_in_a_pdf(badge: Path, tmp_path: Path) -> Path:
    """The same badge, attached to a certificate."""
    path = tmp_path / "attestation.pdf"
    path.write_bytes(carriers.a_pdf(lambda writer: writer.add_attachment("badge.json", badge.read_bytes())))
    return path


@pytest.mark.breadth
def test_a_file_of_many_has_a_line_for_each_badge(wallet: Wallet, badge: Path, badge_in_a_pdf: Path, tmp_path: Path):
    path = tmp_path / "badges.zip"
    path.write_bytes(carriers.a_zip({"un.json": badge.read_bytes(), "deux.pdf": badge_in_a_pdf.read_bytes()}))

    result = wallet("check", "--json", "--offline", path)

    assert result.exit_code == 0
    told = lines(result)
    assert [(line["source"], line["container"], line["part"]) for line in told] == [
        (str(path), "zip", "un.json"),
        (str(path), "pdf", "badge.json"),
    ]
    assert f"{path}, un.json: valid" in wallet("check", "--offline", path).stdout


class Killed:
    """Whoever is handed this is ended."""

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        return os._exit, (1,)

    def __call__(self, *_: object) -> Any:
        raise NotImplementedError


def test_a_process_that_is_ended_while_many_files_are_looked_at_is_told_in_a_sentence(badge: Path):
    how = inspection.Inspection(fetch=Killed(), now=GIVEN)

    with pytest.raises(click.ClickException, match="ended from outside"):
        list(check.check_all([str(badge)] * check.MANY, how, trust.NO_REGISTERS, is_online=False))


@pytest.mark.breadth
def test_many_files_are_told_in_the_order_they_were_given(wallet: Wallet, badge: Path, tmp_path: Path):
    text = tmp_path / "text.txt"
    text.write_text("bonjour")
    given = [badge, text, *[badge] * 8]

    result = wallet("check", "--json", "--offline", *given)

    assert result.exit_code == 2
    assert [line["source"] for line in lines(result)] == [str(one) for one in given]


@pytest.mark.breadth
def test_a_terminal_is_shown_how_far_it_is(badge: Path):
    """In a terminal of its own, since the bar looks whether anybody looks."""
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-c",
        "from wallet.cli.commands import main; main()",
        "check",
        "--offline",
        *[str(badge)] * 8,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # when all was read, and nobody writes there any more
        while piece := os.read(ours, 100_000):  # the system hands it over in pieces
            shown += piece
    os.close(ours)

    assert done.returncode == 0
    assert done.stdout.decode().count(": valid") == 8
    assert b"Checking" in shown
    assert b"100%" in shown


def test_what_is_baked_is_taken_out_again(wallet: Wallet, badge: Path, tmp_path: Path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(SAMPLE.picture(50))

    assert wallet("bake", picture, badge, "-o", tmp_path / "baked.png").exit_code == 0
    assert wallet("unbake", tmp_path / "baked.png").stdout == badge.read_text().strip()
    assert wallet("check", "--offline", tmp_path / "baked.png").exit_code == 0


@pytest.mark.parametrize(
    ("written", "keyword"),
    [
        ("https://issuer.example/badge", b"openbadges\0"),
        (json.dumps(samples.make_assertion(SAMPLE, GIVEN)), b"openbadges\0"),
        (json.dumps({"type": ["VerifiableCredential", "ClrCredential"]}), b"clrcredential\0"),
        (samples.make_badge(SAMPLE, Ed25519PrivateKey.generate(), GIVEN), b"openbadgecredential\0"),
    ],
)
def test_each_standard_has_its_own_name_in_a_picture(wallet: Wallet, tmp_path: Path, written: str, keyword: bytes):
    (tmp_path / "picture.png").write_bytes(SAMPLE.picture(50))
    (tmp_path / "badge").write_text(written, encoding="utf-8")

    wallet("bake", "picture.png", "badge", "-o", "baked.png")

    assert b"iTXt" + keyword in (tmp_path / "baked.png").read_bytes()


def test_what_cannot_be_baked_is_told_and_nothing_is_written(wallet: Wallet, badge: Path, tmp_path: Path):
    (tmp_path / "picture.png").write_bytes(SAMPLE.picture(50))
    (tmp_path / "text").write_text("bonjour")
    (tmp_path / "latin").write_bytes(b"\xe9")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    wallet("bake", "picture.png", badge, "-o", "baked.png")
    (tmp_path / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')
    wallet("bake", "drawing.svg", badge, "-o", "baked.svg")

    for picture, what, reason in (
        ("picture.png", "text", "text: unknown-kind"),
        ("picture.png", "latin", "latin: "),
        ("picture.png", "baked.png", "baked.png: "),
        ("picture.png", "baked.svg", "baked.svg: not-a-badge"),
        ("text", badge, "text: unknown-kind: neither a PNG nor an SVG"),
        ("photo.jpg", badge, "photo.jpg: unknown-kind: neither a PNG nor an SVG"),
        ("baked.png", badge, "baked.png: two-badges"),
    ):
        result = wallet("bake", picture, what, "-o", "made")
        assert result.exit_code == 1
        assert reason in result.output
        assert not (tmp_path / "made").exists()
    assert "no-badge-in-picture" in wallet("unbake", "picture.png").output


@pytest.mark.breadth
def test_whoever_checks_a_badge_waits_for_no_server_database_or_mail_to_be_loaded() -> None:
    heavy = {"sqlalchemy", "starlette", "uvicorn", "alembic", "jinja2", "asyncio", "smtplib"}
    program = f"import sys, wallet.cli.check, wallet.cli.commands; print(*({heavy!r} & sys.modules.keys()))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


@pytest.mark.breadth
def test_one_badge_is_checked_without_what_most_badges_do_not_need(tmp_path: Path) -> None:
    """A badge from cold: contexts are read from their tables, nobody is asked, and no process is started."""
    heavy = {"pyld", "httpcore2", "cryptography.x509", "multiprocessing", "concurrent.futures", "email.headerregistry"}
    file = tmp_path / "badge.json"
    file.write_text(samples.make_badge(SAMPLE, Ed25519PrivateKey.generate(), GIVEN), encoding="utf-8")
    program = (
        "import atexit, sys; from wallet.cli.commands import main;"
        f"atexit.register(lambda: print('loaded', *({heavy!r} & sys.modules.keys()))); main()"
    )

    command = [sys.executable, "-c", program, "check", "--offline", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert f"{file}: valid" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["loaded"]
