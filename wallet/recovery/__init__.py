"""Coming back without a key: by a recovery code, by e-mail; and the recovery sheet."""

# fmt: off
from .acknowledgement import KeyNotShown, KeyTooNew, acknowledge_recovery, may_acknowledge, must_show_key
from .by_email import RecoveryOutcome, answer_by_email, ask_by_email
from .flows import (LastWay, RecoveryCodeStillGood, WrongDevice, enter_by_recovery_code, is_recovery_code_still_good, list_ways_in,
    must_confirm_to_stop, needs_key_to_stop, other_devices, remove_key, renew_recovery_code, sign_out_elsewhere,
    sign_out_one, stop_recovery)
from .joining import accept_pending, has_to_keep, join_wallet, keep_seen_badge
from .notices import RecoveryNotice, recovery_notices
from .offers import OFFER_BOTH, should_offer_code
from .recovery_sheet import sheet_page, sheet_png
