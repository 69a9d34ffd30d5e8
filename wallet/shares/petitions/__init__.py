"""« Demander un badge »: a holder asks a structure that the operator knows, which answers without an account."""

# fmt: off
from .answering import (CodeState, FoundPetition, KnownNow, NotKept, NotWaiting, as_known, closed, code_sent_at, find_petition, grant,
    is_asked_still, offer_badge, refuse,
    say_lacking, skill_of, tries_left, try_code, why_unfit, write_code)
from .asking import (AddressIsFull, Asked, OwnPetition, TooManyPetitions, count_going_on, create_petition, find_by_share, find_waiting,
    forget_ended_petitions, get_petition, is_mailbox, list_petitions, list_refusals, mark_seen, places_to_ask_for, remind,
    takes_letters, waits)
from .models import ANSWER_LIMIT, MOST_A_DAY, MOST_OPEN, PETITION_LASTS, SEALED, Petition
from .offering import note_offer, offer_of, settle_all_offered, settle_taken
