"""Every bent offer by every door: its sentence, nobody asked, and never « plus tard »."""

import pytest
from starlette.applications import Starlette

from tests.fixtures.bent_offers import Bent, bent_offers
from tests.fixtures.made_once import made_once
from tests.fixtures.offered import SENTENCES, pasted, shared
from tests.fixtures.visits import IssuersWeb, Person, holder, words
from wallet.issuance.offers import LONGEST

pytestmark = pytest.mark.soak  # one for each word in routes/test_offers.py; the word of each in test_offers.py


@pytest.fixture
@made_once
def kevin(app: Starlette) -> Person:
    """Kévin, who keeps one badge by a key."""
    return holder(app)


@pytest.mark.parametrize("bent", [one for one in bent_offers() if one.word], ids=lambda bent: bent.name)
def test_every_bent_offer_is_told_by_every_door(kevin: Person, web: IssuersWeb, bent: Bent) -> None:
    scanned = bent.word.replace("offer-not-whole", "scan-offer-not-whole")
    answers = [pasted(kevin, bent.text), shared(kevin, text=bent.text)]
    if len(bent.text) <= LONGEST:
        answers.append(kevin.get("/offre", params={"link": bent.text}))
    for answer in answers:
        assert answer.status_code == 422
        assert SENTENCES[bent.word] in words(answer.text)
    answer = pasted(kevin, bent.text, scanned="yes")
    assert answer.status_code == 422
    assert SENTENCES.get(scanned, "Il manque un bout à ce QR code.") in words(answer.text)
    assert web.asked == []
