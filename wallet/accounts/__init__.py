"""Holders and how they sign in: passkeys, recovery codes, e-mail addresses, devices, and the letters that go to them."""

# fmt: off
from .activity import EVENTS_KEPT, EVENT_WORDS, MOST_EVENTS, Event, forget_old_events, last_event_at, move_events, note_event, recent_events
from .ceremonies import CeremonyFailed
from .challenges import (AUTHENTICATION, CONFIRMATION, REGISTRATION, NoChallenge, forget_challenges,
    forget_expired_challenges)
from .crockford import Mistyped, as_typed_meant, new_code, read_code, with_check_symbols
from .emails import (ADDRESS_LIMIT, MOST_ADDRESSES, CodeAnswer, EmailAddress, NoAddress, TooManyAddresses, add_address,
    ascii_address, awaited_codes, begin_return, forget_address_codes, get_address, get_return_code, holder_of_address, list_addresses, mailbox, move_addresses,
    notify_of_return, remove_address, send_code_again, spell, verify_address)
from .holders import (FRESH, LONGEST, MOST_DEVICES, NAME_LIMIT, SHARED_IDLE, SOUGHT_LIMIT, VISIT_LASTS, Device, Holder,
    OfHolder, SignInContext, SignedIn, clean_name, create_visitor, ensure_holder, erase_holder, expired_visitors, keep_holder,
    list_devices, lock_expired_visitor, lock_holder, lock_signed_in, note_device_used, note_key_shown, recognise,
    rename_holder, set_language, set_sought, share_device, sign_in, sign_out, was_shared)
from .mailed_codes import (CODE_LASTS, MailedCodeWriter, TypedCode, forget_old_codes, new_mailed_code, promise_tries, spend_try)
from .outbox import MAIL_PURPOSE, STOPPABLE_EVERY, Mail, drop_mail, forget_late_mail, queue_mail, send_due
from .passkeys import (MOST_PASSKEYS, OUR_NAME, MoveBadges, NotFresh, Passkey, PasskeyOptions, TooManyKeys, begin_authentication,
    begin_confirmation, begin_registration, finish_authentication, finish_confirmation, finish_registration,
    join_visitor, list_passkeys, may_make_passkey, must_confirm, passkey_name, passkey_signals, rename_passkey)
from .photos import BIGGEST_PHOTO, Photo, PhotoRefused, draw_photo, get_photo, remove_photo, set_photo
from .recoveries import (ANY_RECOVERY_TO_TELL, RECOVERY_WAIT, Recovery, RecoveryPending, begin_recovery,
    complete_recovery, erasure_due_at, forget_ended_recoveries, get_recovery, is_too_late_to_stop, may_be_newcomer, newcomer_until, pending_holders, pending_until, refuse_newcomer,
    refuse_stopped, refuse_while_pending, running_recoveries)
from .recovery_codes import (RecoveryCode, get_recovery_code, holder_of_recovery_code, is_recovery_code_of,
    make_recovery_code, restore_recovery_code, spend_recovery_code, use_recovery_code)
from .storage_use import (BYTES_A_LETTER, MOST_VISITORS, HolderSize, MomentSize, add_size, add_texts, holder_size,
    move_sizes, set_badge_size, text_size, visitors_size)
from .typed_text import clean_line, clean_text
from .user_agents import (DEVICE_KINDS, PREVIEW_ROBOTS, device_kind, install_kind, is_in_app_browser, is_phone,
    is_robot, may_have_viewer)
