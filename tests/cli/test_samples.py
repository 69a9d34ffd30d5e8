"""The samples: nine badges for trying out, which are valid and whose issuer is nobody."""

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from wallet import openbadges
from wallet.cli import samples
from wallet.cli.commands import main

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = {
    f"{name} – {level}"
    for name in ("Organiser", "S’adapter", "Communiquer", "S’intégrer")
    for level in ("je pratique", "je maîtrise")
} | {"Badge général"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples, as `wallet samples` writes them."""
    made = tmp_path_factory.mktemp("samples")
    samples.write_samples(made, NOW)
    return made


def nobody(address: str) -> openbadges.Fetched:
    """A web in which nothing answers."""
    raise openbadges.Unreachable(address, "no-answer")


def examined(
    document: bytes, folder: Path | None = None, addresses: Collection[str] = (), now: datetime = NOW
) -> openbadges.Examination:
    """What the engine finds, where the map of *folder* is all the web there is."""
    answers = json.loads((folder / "web.json").read_text(encoding="utf-8")) if folder else {}

    def fetch(address: str) -> openbadges.Fetched:
        if folder is None or address not in answers:
            return nobody(address)
        body = (folder / answers[address]).read_bytes()
        return openbadges.Fetched(address=address, status=200, media_type="application/json", body=body)

    return openbadges.examine(document, fetch, now, addresses)


@pytest.mark.parametrize("pattern", ["ob3-*.png", "ob3-*.svg", "ob2-*.png", "ob2-*.svg"])
def test_each_of_the_nine_badges_is_valid_and_sonias(folder: Path, pattern: str) -> None:
    web = folder if pattern.startswith("ob2") else None
    found = [examined(path.read_bytes(), web, ["Sonia@example.org"]) for path in sorted(folder.glob(pattern))]

    assert {one.badge.title for one in found} == NAMES
    assert {one.state for one in found} == {"valid"}
    assert {one.check("named_to_me").outcome for one in found} == {"passed"}
    assert {one.badge.recipient_name for one in found} == {"Sonia"}
    assert {one.unsigned for one in found} == {()}
    assert {one.format for one in found} == {
        "Open Badges 2.0, hosted" if web else "Open Badges 3.0, eddsa-rdfc-2022",
    }
    assert {one.binding for one in found} == {"proven" if web else "self-certified"}
    for one in found:
        assert one.badge.language == "fr"
        assert one.badge.achievement.description
        assert "\n- " in one.badge.achievement.criteria.narrative
        assert one.badge.picture is not None


@pytest.mark.breadth
def test_the_issuer_is_nobody(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        written = path.read_bytes()
        assert b"Normandie" not in written
        assert "Région".encode() not in written.replace("Région d’essai".encode(), b"")
    assert {examined(path.read_bytes(), folder).badge.issuer.name for path in folder.glob("ob*")} == {
        "Organisme d’essai"
    }


def test_a_hosted_sample_is_unknown_where_its_address_is_not_answered(folder: Path) -> None:
    found = examined((folder / "ob2-general.png").read_bytes())

    assert (found.state, found.check("intact").reason) == ("unknown", "issuer-does-not-answer")


def test_the_map_answers_every_address_that_a_sample_names(folder: Path) -> None:
    answers = json.loads((folder / "web.json").read_text(encoding="utf-8"))

    assert len(answers) == 1 + 9 * 3
    assert all((folder / file).is_file() for file in answers.values())
    assert all(address.startswith("https://organisme-essai.example/") for address in answers)


@pytest.mark.breadth
def test_the_pictures_are_our_drawings_600_pixels_wide(folder: Path) -> None:
    for path in folder.glob("*.png"):
        with Image.open(BytesIO(path.read_bytes())) as picture:
            picture.load()
            assert picture.size == (600, 600)
            assert len(picture.getcolors(2**20) or ()) > 20
    for path in folder.glob("*.svg"):
        assert path.read_bytes().startswith(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"')


@pytest.mark.breadth
def test_the_key_is_thrown_away(folder: Path, tmp_path: Path) -> None:
    samples.write_samples(tmp_path)

    first, second = (
        examined((one / "ob3-general.png").read_bytes(), now=datetime.now(UTC)) for one in (folder, tmp_path)
    )

    assert (first.state, second.state) == ("valid", "valid")
    assert first.badge.issuer.id != second.badge.issuer.id
    assert first.badge.achievement.id == second.badge.achievement.id


OF_AN_OPERATOR = ("issuers.json", "frameworks/normandie.json", "changed.svg", "web/issuer.json", "web/general.json")


@pytest.mark.parametrize("name", [*OF_AN_OPERATOR, "ob3-general.png"])
def test_what_an_operator_wrote_is_never_written_over(folder: Path, tmp_path: Path, name: str) -> None:
    own = tmp_path / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("[]")

    told = CliRunner().invoke(main, ["samples", str(tmp_path)])

    assert (told.exit_code, own.read_text()) == (1, "[]")
    assert told.stderr == f"Error: {own}: This is not of samples. Name another folder; nothing was made\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [own]
    samples.write_samples(folder, NOW)  # over samples of before they are made anew


def test_a_sample_may_have_an_end_and_another_recipient() -> None:
    key, (sample, *_) = Ed25519PrivateKey.generate(), samples.samples()
    ended = samples.make_badge(sample, key, NOW - timedelta(days=9), NOW - timedelta(days=1), "maria@example.org")

    found = examined(ended.encode(), addresses=["maria@example.org"])

    assert (found.state, found.check("named_to_me").outcome) == ("expired", "passed")
    old = samples.make_assertion(sample, NOW - timedelta(days=9), NOW - timedelta(days=1), "maria@example.org")
    assert old["expires"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize("word", ["Sonia", "Organiser", "2026-11-23"])
def test_one_changed_word_breaks_a_sample(word: str) -> None:
    key, (sample, *_) = Ed25519PrivateKey.generate(), samples.samples()
    made = samples.make_badge(sample, key, NOW - timedelta(days=1))

    assert examined(made.encode()).state == "valid"
    assert examined(made.replace(word, "2026-11-22" if word[0] == "2" else "Autre").encode()).state == "invalid"
