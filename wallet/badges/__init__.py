"""The badges that a holder keeps: how they come in, what is written of them, how many bytes they take."""

# fmt: off
from .arranging import ARRANGED_FROM, Wish, arrange_badges, ordered, wished
from .asked_hosts import LIMIT as HOST_LIMIT, NOBODY as ASKS_NOBODY, issuer_host, kept_asked_host
from .badge_lists import BadgeLists
from .badges import (MOST_BADGES, get_badge, get_removed_badge, list_badges, move_badges, note_loss,
    note_new_examination, remember_history, remove_badge, restore_badge, restore_badges_removed_since)
from .card_details import MAY_BE_SHOWN, ShownEndorsement, Worth, endorsement_mark, endorsements_told_at, make_endorsements, worth_at
from .cards import (DOCUMENT_LOST, ENDS, HERE_SINCE, Card, Heading, first_told, level_for_others, make_card, make_heading, right_until,
    told_at, vouched_name)
from .files import erase_badges, forget_removed_badges, has_document
from .importing import (ASKING_ISSUERS, FILE_LIMIT, ArchivedDocument, ImportTools, examine_again, import_document,
    import_file, import_link)
from .issuer_responses import (RESPONSE_LIMIT, keep_response_body, read_response, response_files,
    responses_in_history, responses_size)
from .keeping import is_edition_of, keep_badges, why_no_room
from .models import FILE_NAME_LIMIT, GOOD_STATES, BroughtEndorsement, ImportOutcome, KeptBadge, NewBadge, badge_files
from .own_contexts import (USELESS_CONTEXTS, KeptContexts, context_files, fetch_contexts, keep_contexts,
    missing_contexts, read_contexts)
from .ownership import (BoundKey, documents_here, has_other_document, keep_key, match_badge, match_badges, move_keys, note_check, note_contexts, proven_addresses,
    remove_address, verify_address)
from .paging import CARD_COLUMNS, PAGE_LENGTH, BadgePage, add_cards, cards_by_id, cards_in_order, get_page, page_number
from .pending import (ANY_PENDING, PENDING_LASTS, UNANSWERED, came_by_link, has_unasked, is_wanted,
    keep_or_ask, keep_sent, list_pending, pending_visitors, refuse_all_pending, refuse_pending, waiting_badge)
from .quota import BadgeSize, arrivals_size, badge_size_beside, get_room, note_badge_size, sum_up_sizes
from .recheck_dates import CHECK_DAILY, CHECK_JITTER, CHECK_WEEKLY, is_never_known, next_check
from .share_target import (A_BADGE, MOST_SHARED_ITEMS, SHARED_ITEM_LASTS, SHARED_TEXT_LIMIT, SharedFile, SharedItem,
    SharedItemRefused, assign_shared_item, drop_shared_item, erase_shared_items, forget_ended_shared_items,
    get_shared_item, keep_shared_item, move_shared_items, need_room_for_shared_item, shared_item_files, split_address,
    split_shared_text, text_as_file)
