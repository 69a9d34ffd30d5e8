"""Words of others: what tutors say of a holder's moments, and endorsers of their badges."""

# fmt: off
from .checking import check_due
from .erasing import (UNDO_REMOVAL, add_bytes, erase_endorsements, forget_endorsements, forget_old_requests, move_endorsements,
    need_room, removed_endorsements, restore_endorsements_removed_since, withdraw_all)
from .keeping import (Withdrawn, accept_endorsement, get_endorsement, list_arrived, list_endorsements, prepare_acceptance,
    remove_endorsement, report_endorsement, restore_endorsement, withdraw_kept)
from .lone_files import (BadgeEndorsement, accept_file, ask_to_keep, may_be_endorsement, move_badge, remove_file,
    restore_file, why_untrue, words_on_badge)
from .models import (AFEST_TICKS, ENDORSEMENT_LASTS, MOST_ENDORSEMENTS, MOST_OPEN_REQUESTS, REQUEST_LASTS, Endorsement,
    EndorsementRequest, endorsement_files)
from .owner_view import (ANY_NEWS, OwnedEndorsement, OwnedRequest, OwnedWords, view_endorsement, view_request, view_words)
from .requests import (Asked, FoundRequest, NothingToRead, RequestState, TooManyEndorsements, TooManyRequests,
    create_request, digest_of, find_request, get_request, hand_over_requests, hash_of, is_readable, list_requests,
    mark_declined_seen, may_answer, moment_for_tutor, parts_of, state_of, stop_request, text_of, undo_requests_of_recovery)
from .status_lists import (StatusList, StatusPlace, mark_noted, read_status_list, reserve_place, set_withdrawn,
    withdraw_again, withdrawn_to_note)
from .withdrawing import (erase_withdrawn, find_given, hash_of_link, withdraw, withdraw_given, withdrawn_endorsements)
