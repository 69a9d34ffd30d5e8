"""Words of others: what tutors say of a holder's moments, and endorsers of their badges."""

# fmt: off
from .models import (AFEST_TICKS, ENDORSEMENT_LASTS, MOST_ENDORSEMENTS, MOST_OPEN_REQUESTS, REQUEST_LASTS, Endorsement,
    EndorsementRequest, endorsement_files)
from .signing import AnotherSigner, make_document, method_of, publish_status_list, sign_again, signer_of
from .signing_again import SignedAgain, sign_words_again
from .status_lists import StatusList, StatusPlace, read_status_list, reserve_place, set_withdrawn
