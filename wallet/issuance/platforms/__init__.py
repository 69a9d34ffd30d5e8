"""Platforms that were connected once and send badges by themselves: Open Badges 2.1 (Badge Connect) on OAuth 2.0.

A platform registers by itself, a holder connects it, and it then has tokens of its own. What it may do stands in `scopes.py`;
what is kept of each link, and of what it may show to be that platform, in `models.py`.
"""

# fmt: off
from .clients import NotRegistered, link_mark, register
from .host import (Acts, Authorisation, Unanswerable, answer_revocation, answer_token_request, grant,
    read_authorisation)
from .links import MOST_LINKS, TooManyLinks, is_connected, list_links, list_used_twice, note_badge_sent, stop_link
from .models import PlatformLink
from .scopes import (CREATE, KNOWS_NAME, OFFERED, OFFERED_3, PROFILE, PROFILE_3, PROFILE_3_UPDATE, READ, READ_3, READS,
    SENDS, UPSERT_3)
from .tokens import (MOST_CODES, MOST_TOKENS, NotAuthorised, ScopeMissing, authorise_token, forget_ended_codes,
    forget_ended_tokens)
# fmt: on
