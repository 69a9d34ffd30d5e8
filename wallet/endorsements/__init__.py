"""Words of others: what tutors say of a holder's moments, and endorsers of their badges."""

# fmt: off
from .answering import (ANSWER_LIMITS, LONGEST_VOICE, NotOpen, TutorAnswer, answer_problems, clean_answer, decline_request,
    give_endorsement, read_attachment)
from .mailed_proof import (LETTER, CodeOutcome, SentCode, forget_unproven, is_code_awaited, mailbox_of, make_code, skip_code,
    type_code)
from .models import (AFEST_TICKS, ENDORSEMENT_LASTS, MOST_ENDORSEMENTS, MOST_OPEN_REQUESTS, REQUEST_LASTS, Endorsement,
    EndorsementRequest, endorsement_files)
from .requests import (Asked, FoundRequest, NothingToRead, RequestState, TooManyEndorsements, TooManyRequests,
    create_request, digest_of, find_request, get_request, hand_over_requests, hash_of, is_readable, list_requests,
    mark_declined_seen, may_answer, moment_for_tutor, parts_of, state_of, stop_request, text_of, undo_requests_of_recovery)
from .status_lists import StatusList, StatusPlace, read_status_list, reserve_place, set_withdrawn
from .withdrawing import (erase_withdrawn, find_given, hash_of_link, name_of_asker, withdraw, withdraw_given, withdrawn_endorsements)
