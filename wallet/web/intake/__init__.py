"""Where whatever somebody brings is received: files, a link, archives, offers; each has its own line in the answer.

Whoever brings it may be nobody as yet: the first badge, or the first archive, makes them a visitor.
"""

from .allowance import store_attachment
from .archives import import_archives
from .files import GivenOffer, import_files, look_at_given
from .offers import look_up_given, offer_keys, offering_host, show_offered, take_offer
from .pages import show_problems, show_result, show_scanner
