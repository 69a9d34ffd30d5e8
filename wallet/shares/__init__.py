"""What a holder shows, to whom, until when."""

# fmt: off
from . import calls, petitions, sending
from .abuse_reports import REPORT_REASONS, REPORT_WORDS_LIMIT, ReportForOperator, close_report, find_report, list_reports, make_report, stop_reported_share
from .chooser import chooser_of
from .editing import ChangedMeanwhile, EditContext, change_share
from .editions import MOST_EDITIONS, ShareEdition, editions_of, forget_moments, list_editions
from .evidence_snapshots import (MomentAndBadge, detach_moment, forget_snapshots, last_shown_pairs, moment_for_archive,
    snapshots_as_json)
from .form import (A_DATE, AS_PLANNED, ShareForm, first_day, form_choice, form_for_another, form_for_general_badge,
    form_of_open_share, form_of_past_share, form_problems, last_day)
from .lifecycle import (MadeBefore, allow_code_tries, count_share_view, create_share, create_share_once, first_name, forget_share, hand_over, hash_of,
    last_share_id, prolong_share, reopen_share, set_takes_messages, stop_share, undo_shares_of_recovery)
from .lasting_page import (TURNED, Turn, badge_switches, close_page, comment_switches, create_page, find_owned_page,
    find_page, move_page, new_since, open_page, pairs_of, rename_page, restore_profile, set_photo, set_sought,
    shown_choice, story_switches, turn_switch, undo_page_of_recoveries)
from .models import (DAYS, MOST_SHARES, NO_END, PURPOSE_LIMIT, SEALED, WORD_LIMIT, ArchivedEdition, ArchivedShare,
    Choice, NothingShown, Share, ShownBadge, TooManyShares)
from .owner_view import ANY_UNSEEN, OwnedShare, get_owned_share, get_unseen_views, list_owned_shares, mark_views_seen, shown_to_owner
from .passcodes import (PASSCODE_SEAL, Passcode, are_tries_paused, begin_code_try, code_digits, give_back_try,
    is_code_right, is_pass_over, is_valid_pass, make_passcode, pass_for)
from .past_shares import content_of, find_past_share, may_tell_more, move_past_shares, tell_more
from .public_view import (OpenShare, PublicShare, Standpoint, find_open_share, preview_share, shared_attachment,
    shared_badge, shared_badges, shared_endorsement, shared_endorsements, shared_photo, shown_moment_ids, shown_pairs, shown_words, view_share)
from .recipients import given_to, name_on, names_of_others, other_name
from .sheet import sheet_of, shortened
from .shown_endorsements import (MOST_SHOWN_ENDORSEMENTS, EndorsementChoice, ShownEndorsement, choice_written, detach_endorsement,
    endorsements_for_owner, offered_endorsements, restore_endorsements)
from .verifiable_presentation import MOST_PRESENTED, PRESENTATION_TYPES, is_presented, make_presentation
from .view_counts import DayOfViews, DeviceKind, ViewCount, count_views_since, list_views
