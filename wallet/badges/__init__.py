"""The badges that a holder keeps: how they come in, what is written of them, how many bytes they take."""

# fmt: off
from .badges import CHECK_DAILY, CHECK_JITTER, CHECK_WEEKLY, FILE_NAME_LIMIT, GOOD_STATES, ImportOutcome, KeptBadge
from .badges import MOST_BADGES, NewBadge, count_badges, get_badge, get_removed_badge, list_badges, move_badges
from .badges import next_check, note_loss, note_new_examination, remember_history, remove_badge, restore_badge
from .badges import restore_badges_removed_since
from .cards import Card, DOCUMENT_LOST, ENDS, make_card, make_heading, outcomes_at
from .files import badge_files, erase_badges, forget_removed_badges, has_document
from .importing import ASKING_ISSUERS, ArchivedDocument, FILE_LIMIT, ImportTools, examine_again, import_document
from .importing import import_file, import_link
from .issuer_responses import RESPONSE_LIMIT, keep_response_body, read_response, response_files, responses_in_history
from .issuer_responses import responses_size
from .keeping import keep_badges
from .ownership import match_badge, match_badges, note_check, proven_addresses, remove_address, verify_address
from .paging import BadgePage, CARD_COLUMNS, PAGE_LENGTH, add_cards, cards_by_id, cards_in_order, get_page
from .pending import ANY_PENDING, PENDING_LASTS, UNANSWERED, came_by_link, has_unasked, is_waited_for, is_wanted
from .pending import keep_or_ask, list_pending, pending_visitors, refuse_all_pending, refuse_pending, waiting_badge
from .quota import BadgeSize, arrivals_size, badge_size_beside, get_room, note_badge_size, room_problem, sum_up_sizes
from .share_target import HANDOVER_LASTS, HandedFile, SharedItem, HandoverRefused, MOST_HANDOVERS, SHARED_TEXT_LIMIT
from .share_target import assign_handover, drop_handover, erase_handovers, forget_ended_handovers, get_handover
from .share_target import handover_files, keep_handover, need_handover_room, split_address, split_shared_text
from .share_target import text_as_file
