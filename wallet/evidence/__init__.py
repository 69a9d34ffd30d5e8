"""What holders tell in their own words, and what they attach to it."""

# fmt: off
from .answers import (LIMITS, PLACE, SENTENCE, SHORT_LIMIT, SITUATION, SITUATIONS, STEPS, WORDS, SentAnswer,
    begin_moment, clean_answer, get_answer, keep_answer, list_earlier_answers, restore_answer)
from .attachments import (ATTACHMENT_BUDGET, BIGGEST_ATTACHMENT, LINK_LIMIT, RECORDINGS, AttachmentRefusal,
    AttachmentRefused, NewAttachment, clean_attachment, link_columns, longest_recording, page_address,
    receive_attachment)
from .editing import (MOST_ATTACHED, MOST_MOMENTS, add_attachment,
    attachment_of_holder, count_moments, erase_evidence, find_doubled, forget_removed_evidence, get_attachment, get_moment,
    may_restore_moment, move_evidence, need_room, removed_moments, remove_attachment, remove_moment, replace_voice, restore_attachment, restore_moment,
    restore_moments_removed_since, room_left, save_moment, set_badges)
from .models import KEY_LIMIT, Answer, Attachment, Evidence, EvidenceFull, EvidencedBadge, attachment_files
from .offline_drafts import (Draft, DraftDelivery, draft_key, find_delivery, forget_old_deliveries, get_delivery,
    keep_draft)
from .sentences import beginning_of, each_of
from .views import (EvidenceView, badges_told_of, moment_as_json, moments_page, saved_moments, view_all_moments, view_moment,
    view_moments)
