"""Words of others: what tutors say of a holder's moments, and endorsers of their badges."""

# fmt: off
from .answering import (ANSWER_LIMITS, LONGEST_VOICE, NotOpen, TutorAnswer, answer_problems, clean_answer,
    decline_request, give_endorsement, read_attachment)
from .checking import check_due
from .dossiers import MOST_LETTERS, Dossier, is_of_afest, list_dossiers
from .erasing import (erase_endorsements, forget_old_requests, forget_removed_endorsements, forget_unread_endorsements,
    withdraw_all)
from .keeping import (SignedDocument, Withdrawn, accept_endorsement, get_endorsement, may_restore_endorsement, move_endorsements, prepare_acceptance, remove_endorsement, report_endorsement, restore_endorsement, restore_endorsements_removed_since,
    withdraw_kept)
from .lone_files import (NO_ROOM, BadgeEndorsement, accept_file, ask_to_keep, keep_archived, may_be_endorsement, move_badge, remove_file,
    restore_file, why_untrue, words_on_badge)
from .mailed_proof import (forget_unproven, is_code_awaited, mailbox_of, make_code,
    skip_code, tries_left, type_code)
from .matching import is_of_moment
from .moderation import (EndorsementForOperator, close_endorsement_report, find_endorsement, find_endorsements_of,
    list_reported_endorsements, withdraw_endorsement)
from .models import (AFEST_TICKS, ENDORSEMENT_LASTS, MOST_ENDORSEMENTS, NAME_LIMIT,
    ORGANISATION_LIMIT, ROLE_LIMIT, SEALED, Endorsement, EndorsementRequest, Means, Origin, Relation, Setting)
from .owner_view import ANY_NEWS, OwnedRequest, OwnedWords, has_words, list_unread, view_endorsement, view_request, view_words
from .requests import (Asked, FoundRequest, NothingToRead, TooManyEndorsements, TooManyRequests,
    asked_moment_ids, create_request, digest_of, find_request, hand_over_requests, language_of, mark_declined_seen, may_answer, parts_of, stop_request, undo_requests_of_recovery)
from .signing import make_document, method_of, publish_status_list, signer_of
from .signing_again import SignedAgain, count_given_up, sign_words_again
from .status_lists import (SIZE as STATUS_LIST_SIZE, StatusList, StatusPlace, claim_place, mark_noted, read_status_list,
    reserve_place, set_withdrawn, withdraw_again, withdrawn_to_note)
from .views import EndorsementView, showable_endorsements, told_to_others, view_endorsements, view_of, views_in_badge
from .withdrawing import erase_withdrawn, find_given, name_of_asker, withdraw_at, withdraw_given
