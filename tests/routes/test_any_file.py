"""Whatever file somebody was given, the badge in it is kept, told, checked again, and given back as it came."""

import json
from datetime import datetime
from typing import Any

import pytest
import qrcode
from starlette.applications import Starlette

from tests.fixtures import carriers
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import NOW, Clock, IssuersWeb, Person, signed, words
from tests.openbadges.support import guild
from tests.openbadges.test_bundles import badge, presentation, record
from tests.openbadges.test_europass import diploma, sealed
from wallet.cli import samples
from wallet.operations import cleanup
from wallet.web.services import Services

AT = "https://issuer.example/badges/1"


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who comes for the first time."""
    return Person(app)


def written(document: object) -> bytes:
    return json.dumps(document).encode()


def kept(person: Person) -> list[int]:
    """What the person has, once they keep it."""
    if not person.key.handle:
        assert person.makes_a_key().status_code == 200
    return person.has()


def given_back(person: Person, id: int) -> tuple[bytes, str]:
    answer = person.get(f"/badges/{id}/document")
    return answer.content, answer.headers["content-disposition"]


@pytest.mark.breadth
def test_a_certificate_is_kept_whole_and_its_badge_alone(sonia: Person, web: IssuersWeb, clock: Clock):
    pdf = carriers.a_pdf(lambda writer: writer.add_attachment("badge.json", signed()))

    sonia.brings(("attestation.pdf", pdf))

    (id,) = kept(sonia)
    content, disposition = given_back(sonia, id)
    assert content == pdf
    assert 'filename="attestation.pdf"' in disposition
    clock.move(days=3)
    services: Services = sonia.services
    cleanup.clean_up(services.database, services.files, clock())
    assert given_back(sonia, id)[0] == pdf, "no sweep takes it"
    assert sonia.post(f"/badges/{id}/verifications").status_code == 303


@pytest.mark.breadth
def test_a_photo_of_a_code_leads_to_its_badge(sonia: Person, web: IssuersWeb):
    web[AT] = signed()
    photo = carriers.picture(qrcode.make(AT).convert("RGB"), "JPEG")

    sonia.brings(("photo.jpg", photo))

    (id,) = kept(sonia)
    assert given_back(sonia, id)[0] == photo
    assert "Communiquer" in sonia.page(f"/badges/{id}")


@pytest.mark.breadth
def test_a_code_that_leads_to_no_badge_is_told_and_not_kept(sonia: Person, web: IssuersWeb):
    photo = carriers.picture(qrcode.make(AT).convert("RGB"))

    assert "Ce QR code mène à une page qui ne répond pas." in words(sonia.brings(("menu.png", photo)).text)
    web[AT] = b"bonjour"
    assert "Ce QR code ne mène pas à un badge." in words(sonia.brings(("menu.png", photo)).text)
    assert sonia.has() == []


@pytest.mark.breadth
def test_a_file_that_nobody_signed_says_so_and_offers_no_check(sonia: Person):
    sonia.brings(("badge.json", written(guild.badge())))

    (id,) = kept(sonia)
    page = sonia.page(f"/badges/{id}")
    assert "Ce fichier n’est pas signé." in words(page)
    assert "Vérifier encore" not in words(page)
    assert "La date de fin est bonne." not in words(page), "nobody vouches for its dates"


@pytest.mark.breadth
def test_a_newer_edition_and_an_altered_copy_are_told_apart(sonia: Person):
    old, new = (guild.signed(guild.badge(validFrom=f"202{year}-01-02T03:04:05Z")) for year in (4, 5))
    sonia.brings(("a.json", written(old)))
    (id,) = kept(sonia)

    assert "Votre badge est mis à jour." in words(
        sonia.page(sonia.brings(("b.json", written(new))).headers["location"])
    )
    altered = sonia.brings(("c.json", written({**new, "name": "Ingénieure"})))
    assert "Le fichier choisi a été changé. Nous gardons le bon." in words(sonia.page(altered.headers["location"]))
    again = sonia.brings(("d.json", written(new)))
    assert "Vous avez déjà ce badge." in words(sonia.page(again.headers["location"]))
    assert kept(sonia) == [id]


@pytest.mark.breadth
def test_to_try_again_in_vain_is_not_told_as_a_check(sonia: Person, web: IssuersWeb):
    assertion = samples.make_assertion(samples.samples()[0], NOW)
    sonia.brings(("hosted.json", written(assertion)))
    (id,) = kept(sonia)

    answer = sonia.post(f"/badges/{id}/verifications")

    assert "Nous avons essayé encore." in words(sonia.page(answer.headers["location"]))


@pytest.mark.breadth
def test_each_badge_of_a_zip_is_a_file_of_its_own(sonia: Person):
    one, two = signed(), signed("adapter-1")

    answer = sonia.brings(("badges.zip", carriers.a_zip({"un.json": one, "deux.json": two, "film.mp4": b"\0\0"})))

    assert answer.status_code == 303
    assert {given_back(sonia, id)[0] for id in kept(sonia)} == {one, two}


@pytest.mark.breadth
def test_a_record_is_kept_beside_its_badges(sonia: Person):
    whole = written(record(badge(1), badge(2)))

    answer = sonia.brings(("releve.json", whole))

    assert answer.status_code == 303
    assert len(kept(sonia)) == 3
    assert {given_back(sonia, id)[0] for id in kept(sonia)} == {whole}
    pages = [sonia.page(f"/badges/{id}") for id in kept(sonia)]
    assert sum("Lire un plan" in page for page in pages) == 1, "what the record lists stands on its own page"


@pytest.mark.breadth
def test_the_same_badge_in_two_files_is_one(sonia: Person):
    sonia.brings(("a.json", written(presentation(badge(1)))))
    assert len(kept(sonia)) == 1

    answer = sonia.brings(("b.json", written(badge(1))))

    assert "duplicate" in answer.headers["location"]
    assert len(kept(sonia)) == 1


@pytest.mark.breadth
def test_a_diploma_under_a_seal_says_who_can_check_it(sonia: Person):
    sonia.brings(("diplome.jsonld", written(sealed(diploma()))))

    (id,) = kept(sonia)
    told = words(sonia.page(f"/badges/{id}"))
    assert "Nous ne vérifions pas le sceau de ce diplôme." in told
    assert "Europass peut vérifier son sceau." in told
    assert "seulement écrit dans le fichier" in told


@pytest.mark.parametrize(
    ("name", "file", "sentence"),
    [
        ("facture.pdf", carriers.a_pdf(), "Il n’y a pas de badge dans ce PDF."),
        ("secret.pdf", carriers.a_pdf(user_password="secret"), "Ce fichier est fermé par un mot de passe."),
        ("films.zip", carriers.a_zip({"film.mp4": b"\0\0"}), "Il n’y a pas de badge dans ce fichier."),
        ("tout.zip", carriers.a_zip({f"{n}.json": b"{}" for n in range(300)}), "Il y a trop de fichiers dans ce ZIP."),
        ("vide.json", written(presentation()), "Il n’y a pas de badge dans ce fichier."),
        ("trop.json", written(presentation(*[{"a": 1}] * 300)), "Il y a trop de badges dans ce fichier."),
    ],
)  # fmt: skip
def test_a_file_without_a_badge_has_its_sentence(sonia: Person, app: Starlette, name: str, file: bytes, sentence: str):
    answer = sonia.brings((name, file))

    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert name in answer.text
    assert sonia.has() == []


@pytest.mark.breadth
def test_who_vouches_for_what_is_told_to_the_curious(sonia: Person, web: IssuersWeb):
    assertion, badge_class = (make(samples.samples()[0], NOW) for make in (samples.make_assertion, _class))
    web |= {one["id"]: written(one) for one in (assertion, badge_class, samples.profile())}

    sonia.brings(("hosted.json", written(assertion)), ("signed.json", signed("adapter-1")))
    sonia.brings(("alone.json", written(badge(3) | {"proof": None})))

    told = [words(sonia.page(f"/badges/{id}")) for id in kept(sonia)]
    assert len(told) == 3
    for origin in ("signé", "donné par le site de l’organisme", "seulement écrit dans le fichier"):
        assert sum(f"Texte du badge {origin}" in one for one in told) == 1, origin


def _class(sample: samples.Sample, _given: datetime) -> dict[str, Any]:
    return samples.make_class(sample)
