"""That an organisation is on a list of SIAE tells of the person who worked there: others read it by the holder's choice alone."""

import pytest

from tests.fixtures.examined import COMMUNICATE, NOW, examined, found
from wallet.badges import KeptBadge
from wallet.badges.badges import note_examination
from wallet.shares.public_view import Standpoint, card_for_others
from wallet.trust import Fact, Register, Registers

SIAE = Register(key="siae", name="Liste des SIAE", kind="public-list", tells_siae=True)
TRAINING = Register(key="of", name="Liste des organismes de formation", kind="public-list")


@pytest.mark.parametrize(
    ("register", "with_siae", "by"),
    [(SIAE, False, ""), (SIAE, True, SIAE.name), (TRAINING, False, TRAINING.name)],
)
def test_others_read_that_an_issuer_is_on_a_list_of_siae_only_where_its_holder_ticked_it(
    register: Register, with_siae: bool, by: str
) -> None:
    kept = KeptBadge(
        id=7,
        file_name="badge.json",
        container="json",
        picture=None,
        plate=True,
        added_at=NOW,
        good=None,
        good_at=None,
        silent_since=None,
    )
    note_examination(kept, examined(), found(COMMUNICATE).seen)
    known = Registers(facts=(Fact(register=register, name="Organisme d’essai", host="issuer.example"),))

    told = card_for_others(0, kept, Standpoint(registers=known, now=NOW), with_siae=with_siae)

    assert (told.trust.by, told.trust.facts == ()) == (by, by == "")
    assert told.sentence == ("valid" if by else "site")
