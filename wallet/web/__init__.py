"""What a request passes before and after a route: limits, headers, access, the visit, answers."""

# fmt: off
from .access import FIELD_LIMIT, Handler, anyone, confirmed, reader, ready, signed_in, stranger, visitor, with_files
from .body_limits import ARCHIVE, FILES, FORM, TEXT, BodyGuard
from .connection_limits import BACKLOG, KEPT_OPEN, LimitedProtocol
from .content_negotiation import preferred
from .downloads import download, download_kept, show_drawing, show_picture, stream_download
from .intake import import_archives, import_files, show_problems, show_result, show_scanner
from .page_cache import PageCache
from .rate_limits import RateLimits, network_of
from .rechecking import recheck_badge, recheck_share
from .security_headers import LISTENING, LOOKING, SHOWN, SecurityHeaders
from .service_worker import service_workers
from .services import Services
from .visit import CEREMONIES, CEREMONY_COOKIE, DIGITS, HANDED_COOKIE, MAIL_COOKIE, Visit, is_ours, new_secret
