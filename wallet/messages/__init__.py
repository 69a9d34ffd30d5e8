"""« Répondre »: what those who are shown a share answer its holder, kept for them alone."""

# fmt: off
from .inbox import (UNREAD, answers_page, close_share, content_of, forget_old_messages, get_message, list_messages, mark_read, may_put_back, move_messages,
    put_back_message, put_back_together, remove_message, remove_unread, report_message, share_to_close)
from .incoming import NotTaken, TooManyMessages, check_room, find_recipient, receive_message
from .letters import LetterWriter, first_address, holder_of_stop_token, set_letters, stop_letters
from .models import (CHOICES, KEPT, LIMITS, MOST_MESSAGES, ArchivedMessage, Message, Note, note_problems)
from .moderation import (MessageForOperator, MessageOfSender, close_message_report, erase_messages, find_messages_of,
    list_reported_messages)
