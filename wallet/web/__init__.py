"""What a request passes before and after a route: limits, headers, access, the visit, answers."""

from typing import TYPE_CHECKING

# fmt: off
from .authentication import (FIELD_LIMIT, FILES_LIMIT, Handler, anyone, begin_answer, closed_meanwhile, confirmed, glimpse, is_from_page_of_another, is_signed_in_as,
    keeps, rate_limited, reader, ready, requires_mail, signed_in, static_page, stranger, visitor, was_on_shared, with_files)
from .body_limits import ARCHIVE, FILES, FORM, TEXT, BodyGuard
from .cached_responses import GOES_OUT, answer_packed, cached_own_page, cached_page, find_ready_page
from .content_negotiation import preferred
from .cookies import (CEREMONIES, CEREMONY_COOKIE, HANDOVER_COOKIE, INSTALL_LATER_COOKIE, MAIL_COOKIE, OFFER_COOKIE, RETURNING_COOKIE,
    YEAR, as_chosen, delete_cookie, new_secret, remember_choice, remember_somebody, secret_in, set_cookie, sign_in, sign_out)
from .downloads import (download, download_kept, imsx_fault, problem_for_machine, send_json, send_to_machine, show_bytes,
    show_drawing, show_picture, stream_download)
from .forms import holds_file, typed_in, whole_number
from .intake import (GivenOffer, import_archives, import_files, look_at_given, look_up_given, offer_keys, offering_host, show_offered,
    show_problems, show_result, show_scanner, store_attachment, take_offer)
from .layout import LANGUAGE_COOKIE, TEXT_SIZES, TEXT_SIZE_COOKIE, is_own_path, language_in_address
from .navigation import confirm_first, go_to_path, previous_page, send_on
from .page_cache import EXTENSION, CachedPage, PageCache, ReadyPage, Rendered
from .rate_limits import OF_A_NODE, RateLimits
from .rechecks import (fetch_contexts, find_newer_edition, is_endorsement, move_to_endorsements, recheck_badge,
    recheck_share)
from .security_headers import (ASKED, FOR_STRANGERS, GIVEN, LISTENING, LOOKING, MACHINES, PETITIONED, SHOWN, SecurityHeaders,
    form_leads_to)
from .service_worker import service_workers
from .services import Services
from .transactions import keep_confirmation, keep_to_leave, keep_with_files, release_files, storing_files
from .visit import Response, Visit
from .current_trust import current_frameworks, current_registers, current_standpoint, told_now
# fmt: on

if TYPE_CHECKING:
    from .connection_limits import BACKLOG, KEPT_OPEN, LimitedProtocol
else:

    def __getattr__(name: str) -> object:
        """The protocol of a server is loaded with the server that speaks it (wallet/cli/maintenance.py)."""
        if name not in {"BACKLOG", "KEPT_OPEN", "LimitedProtocol"}:
            raise AttributeError(name)
        from . import connection_limits  # noqa: PLC0415  # see above

        return getattr(connection_limits, name)
