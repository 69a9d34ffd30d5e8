"""What goes with a moment: photos, recordings, files and links; whatever else is sent, a sentence and nothing lost."""

import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from PIL import Image

from tests.fixtures.made_once import made_once
from tests.fixtures.photos import CANARY, photo
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.recordings import mp4, webm
from tests.fixtures.visits import Clock, Person, Stranger, words
from tests.routes.test_evidence_snapshots import pair
from tests.sandbox.test_pictures import chunk, png
from wallet.evidence import editing
from wallet.evidence.editing import UNDO_REMOVAL

FACTS = "Un client était en colère."
PDF = b"%PDF-1.7\n1 0 obj\n<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>\nendobj\n%%EOF\n"


@pytest.fixture
@made_once
def moment(maria: Person) -> str:
    """Where Maria tells of a customer."""
    return maria.tells(maria.has()[0], facts=FACTS)


def addresses(person: Person, moment: str) -> list[str]:
    """Of all that goes with it, in order."""
    return list(dict.fromkeys(re.findall(rf"{moment}/attachments/\d+", person.page(moment))))


@made_once
def speaks(person: Person, moment: str, question: str, sound: bytes = webm(), **more: str) -> str:
    """Answers a question by voice, as the recorder of its page sends it: where it leads."""
    files = [("files", ("voix.webm", sound, "audio/webm"))]
    answer = person.post(f"{moment}/attachments", data={"question": question, **more}, files=files)
    assert answer.status_code == 303, answer.status_code
    return str(answer.headers["location"])


def test_what_is_attached_to_a_moment_that_is_gone_meanwhile_is_told_and_the_link_stays(maria: Person, moment: str):
    maria.post(f"{moment}/removal")

    answer = maria.post(f"{moment}/attachments", data={"link": "https://video.example/salle"})

    assert answer.status_code == 404
    assert "Ce moment n’est plus ici." in words(answer.text)
    assert "L’adresse d’une page" in words(answer.text)
    assert ">https://video.example/salle</textarea>" in answer.text
    assert "Ce moment n’est plus ici." in words(maria.attaches(moment, ("photo.png", photo("PNG"))).text)


@pytest.mark.breadth
def test_a_photo_keeps_nothing_of_where_it_was_taken(maria: Person, moment: str):
    answer = maria.attaches(moment, ("IMG_2041.jpg", photo("JPEG", turn=6)))

    assert answer.headers["location"] == f"{moment}?done=attached"
    [at] = addresses(maria, moment)
    kept = maria.get(at)
    assert kept.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in kept.headers["content-security-policy"]
    small = maria.get(f"{at}/picture")
    assert len(small.content) <= 30 * 1024
    image = Image.open(BytesIO(kept.content))
    assert image.width > image.height
    for name in maria.services.files.names():
        stored = maria.services.files.read(name)
        assert CANARY not in stored
        assert b"Exif" not in stored


@pytest.mark.breadth
def test_a_heic_photo_of_an_iphone_is_seen_by_everyone(maria: Person, moment: str):
    maria.attaches(moment, ("IMG_0001.HEIC", photo("HEIF")))

    [at] = addresses(maria, moment)
    assert maria.get(at).headers["content-type"] in {"image/jpeg", "image/webp"}


@pytest.fixture
@made_once
def untold(maria: Person) -> str:
    """A moment of which Maria said nothing yet."""
    return maria.tells(maria.has()[0])


@pytest.mark.breadth
def test_a_voice_of_the_moment_page_stays_there_and_says_so(maria: Person, untold: str):
    moment = untold

    answer = maria.attaches(moment, ("voix.webm", webm()))

    assert answer.headers["location"] == f"{moment}?done=attached"
    page = maria.page(moment)
    assert "<audio controls" in page
    [at] = addresses(maria, moment)
    assert maria.get(at).headers["content-type"] == "audio/webm"
    shown = re.search(r'class="what">(Ma voix, [^<]*)', page)
    assert shown
    assert f'aria-label="Enlever : {shown[1]}"' in page.replace("\xa0", " "), (
        "« voix.webm » is read nowhere, and may be two"
    )


@pytest.mark.breadth
def test_d4_a_voice_is_heard_again_at_its_own_question_and_then_comes_the_next(maria: Person, untold: str):
    moment = untold

    leads = speaks(maria, moment, "facts")

    assert leads == f"{moment}/answers/facts/voice"
    page = maria.page(leads)
    assert "<audio controls" in page
    for sentence in ("Réécoutez-vous", "Question 2 sur 5", "Personne d’autre ne l’entend.", "Il reste 3 questions."):
        assert sentence in words(page)
    assert f'href="{moment}/answers/me"' in page


@pytest.mark.breadth
def test_d4_whoever_spoke_is_not_told_that_nothing_is_said(maria: Person, untold: str):
    moment = untold
    speaks(maria, moment, "me")

    page = maria.page(moment)

    said, more = page.index("Qu’avez-vous fait, vous"), page.index("Vous pouvez en dire plus")
    assert said < more < page.index("Que s’est-il passé")
    assert "Ma voix" in words(maria.page("/evidence"))
    assert "Pas encore commencé" not in maria.reads("/evidence")


def test_d4_after_the_last_question_a_voice_is_given_its_sentence(maria: Person, untold: str):
    moment = untold

    page = maria.page(speaks(maria, moment, "learning"))

    assert f'href="{moment}/answers/sentence"' in page
    assert "Vous pouvez" not in words(page)
    assert "Passer cette question" in maria.reads(f"{moment}/answers/sentence")


def test_d4_a_voice_spoken_anew_takes_the_place_of_the_first_and_gives_it_back(maria: Person, untold: str):
    moment = untold
    speaks(maria, moment, "facts")
    [first] = addresses(maria, moment)

    leads = speaks(maria, moment, "facts", webm(50), instead=first.rpartition("/")[2])

    [second] = addresses(maria, moment)
    assert maria.get(first).status_code == 404
    page = maria.page(leads)
    assert "Votre nouvelle voix remplace l’ancienne." in words(page)
    [undo] = re.findall(rf'action="({first}/return[^"]*)"', page)
    assert maria.post(unescape(undo)).headers["location"] == f"{moment}/answers/facts/voice"
    assert addresses(maria, moment) == [first]
    assert maria.get(second).status_code == 404


@pytest.mark.parametrize("by", ["a share", "a link"])
@pytest.mark.breadth(beside=["a share"])
def test_d4_of_a_voice_that_others_hear_maria_is_not_told_that_nobody_does(maria: Person, recruiter: Stranger, by: str):
    """Maria shows her story, or lets her tutor read it, and listens to her voice once more."""
    badge, moment = maria.has()[0], maria.tells(maria.has()[0], facts=FACTS)
    voice = speaks(maria, moment, "facts")
    assert "Votre voix est gardée. Personne d’autre ne l’entend." in maria.reads(voice)

    if by == "a share":
        link = maria.link_of(maria.shows(badge, name="Maria", moment=pair(badge, moment)))
        assert "<audio" in recruiter.page(f"{link}/told/1")
    else:
        asked = {"part": ["facts", "attachment-1"], "name": "Maria", "key": "0" * 32}
        assert maria.post(f"{moment}/requests", data=asked).status_code == 303

    assert "Votre voix est gardée." in maria.reads(voice)
    assert "Personne d’autre ne l’entend." not in maria.reads(voice)


@pytest.mark.breadth
def test_what_is_no_voice_of_the_same_question_is_replaced_by_none(maria: Person, moment: str):
    maria.attaches(moment, ("Attestation.pdf", PDF))

    for number, instead in enumerate(("0", "1", "7", "-1", "un"), 1):
        speaks(maria, moment, "facts", webm(number * 10), instead=instead)

        assert len(addresses(maria, moment)) == 1 + number, instead


@pytest.mark.breadth
def test_a_voice_sent_twice_does_not_take_its_own_place(maria: Person, moment: str):
    speaks(maria, moment, "facts")
    [at] = addresses(maria, moment)

    speaks(maria, moment, "facts", instead=at.rpartition("/")[2])

    assert addresses(maria, moment) == [at]


@pytest.mark.breadth
def test_a_question_that_no_voice_answers_has_none_to_hear(maria: Person, moment: str):
    for question in ("situation", "place", "sentence", "nothing"):
        assert speaks(maria, moment, question) == f"{moment}?done=attached", question
        assert maria.get(f"{moment}/answers/{question}/voice").status_code in {303, 404}, question


@pytest.mark.breadth
def test_where_there_is_no_voice_the_question_is_asked(maria: Person, youssef: Person, moment: str):
    assert maria.get(f"{moment}/answers/facts/voice").headers["location"] == f"{moment}/answers/facts"
    assert youssef.get(f"{moment}/answers/facts/voice").status_code == 404


def test_a_pdf_is_a_file_that_no_browser_opens_here(maria: Person, moment: str):
    maria.attaches(moment, ("Attestation (signée).pdf", PDF))

    [at] = addresses(maria, moment)
    kept = maria.get(at)
    assert kept.content == PDF
    assert kept.headers["content-type"] == "application/pdf"
    assert kept.headers["content-disposition"].startswith("attachment")
    assert kept.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert kept.headers["x-content-type-options"] == "nosniff"


@pytest.mark.breadth
def test_a_page_that_somebody_attached_is_no_page_here(maria: Person, moment: str):
    maria.attaches(moment, ("page.html", b"<script>alert(1)</script>"))

    [at] = addresses(maria, moment)
    assert maria.get(at).headers["content-type"] == "application/octet-stream"


def test_what_cannot_be_attached_is_told_and_nothing_is_lost(maria: Person, moment: str):
    for number, (name, content, sentence) in enumerate(
        (
            ("voix.webm", b"Bonjour, ceci est un texte.", "Nous ne savons pas lire ce son."),
            ("film.mp4", mp4(handler=b"vide"), "Les vidéos sont trop lourdes."),
            ("photo.jpg", photo("JPEG")[:200], "Nous ne savons pas lire cette photo."),
            ("photo.png", png(50_000, 50_000, chunk(b"IDAT", zlib.compress(b"\0"))), "Cette photo est trop grande."),
            ("rien.txt", b"", "Ce fichier est vide."),
            ("gros.bin", b"x" * (25 * 1024 * 1024 + 1), "Un fichier doit faire moins de 25 Mo."),
        ),
        1,
    ):
        answer = maria.attaches(moment, (name, content), (f"bon-{number}.pdf", PDF + b"%d" % number))

        assert answer.status_code in {413, 422}, name
        assert sentence in " ".join(answer.text.split()), name
        assert name in answer.text
        page = maria.page(moment)
        assert FACTS in words(page)
        assert len(set(re.findall(rf"{moment}/attachments/\d+", page))) == number, f"the one beside {name} is kept"


def test_a_file_for_which_no_time_was_left_is_told_by_its_name(
    maria: Person, moment: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.evidence.ATTACHMENT_BUDGET", 0)

    answer = maria.attaches(moment, ("Attestation.pdf", PDF))

    assert answer.status_code == 503
    assert "Attestation.pdf" in answer.text
    assert "Le temps a manqué pour lire ce fichier." in words(answer.text)


@pytest.mark.breadth
def test_the_same_file_sent_three_times_is_there_once(maria: Person, moment: str):
    for _ in range(3):
        maria.attaches(moment, ("Attestation.pdf", PDF))

    assert len(addresses(maria, moment)) == 1


@pytest.mark.breadth
def test_what_was_taken_off_is_nowhere_at_once_and_comes_back(maria: Person, moment: str, clock: Clock):
    maria.attaches(moment, ("IMG_2041.jpg", photo("JPEG")))
    [at] = addresses(maria, moment)

    leads = maria.post(f"{at}/removal").headers["location"]

    assert maria.get(at).status_code == 404
    assert maria.get(f"{at}/picture").status_code == 404
    assert "C’est enlevé." in maria.reads(leads)
    maria.post(f"{at}/return")
    assert maria.get(at).status_code == 200
    maria.post(f"{at}/removal")
    clock.now += UNDO_REMOVAL + timedelta(minutes=1)
    assert maria.post(f"{at}/return").status_code == 404


def test_a_moment_that_was_removed_takes_its_files_along(maria: Person, moment: str):
    maria.attaches(moment, ("Attestation.pdf", PDF))
    [at] = addresses(maria, moment)

    maria.post(f"{moment}/removal")

    assert maria.get(at).status_code == 404


def test_nobody_else_gets_or_takes_off_what_is_marias(maria: Person, youssef: Person, moment: str):
    maria.attaches(moment, ("Attestation.pdf", PDF))
    [at] = addresses(maria, moment)

    assert youssef.get(at).status_code == 404
    assert youssef.post(f"{at}/removal").status_code == 404
    assert youssef.attaches(moment, ("moi.pdf", PDF)).status_code == 404
    other = youssef.tells(facts="Autre chose.")
    assert youssef.get(f"{other}/attachments/{at.rpartition('/')[2]}").status_code == 404
    assert maria.get(at).status_code == 200


@pytest.mark.breadth
def test_a_link_is_kept_and_nobody_is_asked(maria: Person, moment: str):
    links = (
        "https://exemple.fr/video?v=1",
        "exemple.fr/page",
        "http://exemple.fr",
        "exemple.fr/lien?vers=https://ici.fr",
        "exemple.fr?vers=https://ici.fr",
        "exemple.fr/@maria",
        "https://maria@exemple.fr/photos",
        "exemple.fr?ecrire=maria@ici.fr",
    )
    for link in links:
        maria.post(f"{moment}/attachments", data={"link": link})

    page = unescape(maria.page(moment))
    assert all(link.removeprefix("https://").removeprefix("http://") in page for link in links)
    assert page.count('rel="noreferrer"') >= len(links)


def test_what_is_no_address_is_told_and_stays_typed(maria: Person, moment: str):
    for link in (
        *("", "javascript:alert(1)", "data:text/html,x", "mon site"),
        *("https://", "ftp://a.b/c", "https://[::1", "\u202e"),
        *("maria@exemple.fr", "mailto:maria@exemple.fr"),
    ):
        answer = maria.post(f"{moment}/attachments", data={"link": link})

        assert answer.status_code == 422, link
        assert "Ce n’est pas l’adresse d’une page." in " ".join(answer.text.split()), link
    assert "javascript:alert" not in maria.page(moment)


def test_nothing_chosen_is_told(maria: Person, moment: str):
    assert "Choisissez une photo ou un fichier." in maria.post(f"{moment}/attachments").text


@pytest.mark.parametrize("many", here_and_in_soak(12, 40))
@pytest.mark.breadth(beside=["12"])
def test_uploads_at_once_never_pass_the_quota(maria: Person, moment: str, monkeypatch: pytest.MonkeyPatch, many: int):
    monkeypatch.setattr(editing, "ROOM", 10_000)

    with ThreadPoolExecutor(many) as together:
        statuses = list(
            together.map(
                lambda number: maria.attaches(moment, (f"{number}.bin", b"%d" % number + b"x" * 1_500)).status_code,
                range(many),
            )
        )

    assert set(statuses) == {303, 413}
    assert statuses.count(303) == 6
    assert len(addresses(maria, moment)) == 6
    assert FACTS in maria.reads(moment)


@pytest.mark.breadth
def test_a_film_of_two_hundred_megabytes_is_turned_away_while_it_comes(maria: Person, moment: str):
    def film() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="film.mp4"\r\n\r\n'
        for _ in range(200):
            yield b"\0" * 1024 * 1024

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = maria.post(f"{moment}/attachments", content=film(), headers=headers)

    assert answer.status_code == 413
    assert "Une photo ou un autre fichier doit faire moins de 25 Mo." in " ".join(unescape(answer.text).split())
    assert FACTS in maria.reads(moment)


PARTS = (
    ("bytes=0-1", 206, b"%P"), ("bytes=2-", 206, PDF[2:]), ("bytes=-3", 206, PDF[-3:]), ("bytes=-99999", 206, PDF), ("bytes=0-99999", 206, PDF),
    ("bytes=99999-", 416, b""), ("bytes=5-2", 416, b""), ("bytes=-", 200, PDF), ("bytes=0-1,3-4", 200, PDF),
    ("lines=1-2", 200, PDF), ("bytes=" + "9" * 40 + "-", 200, PDF),
)  # fmt: skip


@pytest.mark.breadth
def test_a_part_of_it_is_given_to_whoever_asks_for_one(maria: Person, moment: str):
    """Safari plays no sound of a server that gives none."""
    maria.attaches(moment, ("Attestation.pdf", PDF))
    [at] = addresses(maria, moment)

    for asked, status, told in PARTS:
        answer = maria.get(at, headers={"Range": asked})

        assert (answer.status_code, answer.content) == (status, told), asked
        assert int(answer.headers["content-length"]) == len(told), asked


@pytest.mark.breadth
def test_what_is_packed_already_is_not_packed_again(maria: Person, moment: str):
    """It cost a second of a core for one large file; pages are packed as ever."""
    contents = {"Attestation.pdf": PDF + bytes(2000), "Stage.docx": b"PK" + bytes(2000)}
    maria.attaches(moment, *contents.items())

    for at, content in zip(addresses(maria, moment), contents.values(), strict=True):
        answer = maria.get(at, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
        assert (answer.content, answer.headers["content-length"]) == (content, str(len(content)))
    assert maria.get(moment, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_fifty_go_with_a_moment_and_what_is_taken_off_makes_room(
    maria: Person, moment: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(editing, "MOST_ATTACHED", 2)
    monkeypatch.setattr("wallet.evidence.MOST_ATTACHED", 2)
    for number in range(2):
        maria.attaches(moment, (f"{number}.bin", b"%d" % number))
    full = maria.attaches(moment, ("3.bin", b"3"))
    assert full.status_code == 413
    told = "Ce moment a déjà 50 photos et fichiers. Enlevez-en un d’abord. Ce que vous avez raconté est gardé."
    assert told in words(full.text), "what she takes off another moment leaves no room here, whatever she waits"
    assert "Ce moment a déjà 50" in words(maria.post(f"{moment}/attachments", data={"link": "exemple.fr"}).text)
    for page in (moment, f"{moment}/answers/facts"):  # by the recorder, and by what keeps a draft in the phone
        assert maria.page(page).count('data-message="full">Ce moment a déjà 50') == 2

    maria.post(f"{addresses(maria, moment)[0]}/removal")

    for page in (moment, f"{moment}/answers/facts"):
        assert "Ce moment a déjà" not in maria.page(page)
    assert maria.attaches(moment, ("3.bin", b"3")).status_code == 303


def test_whoever_has_no_room_reads_that_what_they_take_off_leaves_some_the_day_after(
    maria: Person, moment: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """Maria takes a photo off, as she is told, and is told the same again: it can be put back for a day, and takes its room."""
    monkeypatch.setattr(editing, "ROOM", 2_000)
    maria.attaches(moment, ("old.bin", b"x" * 1_500))
    maria.post(f"{addresses(maria, moment)[0]}/removal")

    full = maria.attaches(moment, ("new.bin", b"y" * 1_500))

    assert full.status_code == 413
    assert "S’il n’y a toujours pas de place, essayez encore demain." in words(full.text)
    clock.move(days=1, seconds=1)
    maria.services.database.write(editing.forget_removed_evidence, clock.now)
    assert maria.attaches(moment, ("new.bin", b"y" * 1_500)).status_code == 303


def test_a_link_that_is_too_long_is_told_and_not_cut(maria: Person, moment: str):
    assert maria.post(f"{moment}/attachments", data={"link": "exemple.fr/" + "a" * 2000}).status_code == 422
    assert addresses(maria, moment) == []
