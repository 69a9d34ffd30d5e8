"""The pages that the platforms of the trade show to people, and the address where each keeps the badge itself.

A page drawn by a program in the browser says nothing to us, so its address is all there is. These addresses are only
where to look: what is believed of a badge stands at the address that the badge itself names. Each line of the table
has its source; where none was found, there is no line.
"""

import re

from .. import texts
from ..hosts import host_of

_ID = r"(?P<id>[\w-]{8,64})"
_UUID = r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_END = r"/?(?:[?#].*)?"
_CREDLY_2 = r"https://api.credly.com/v1/obi/v2/badge_assertions/\g<id>"

_PLATFORMS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII | re.DOTALL), addresses)
    for pattern, addresses in (
        # Credly: 3.0 as its badges name themselves (learner-credential-wallet, issue 649), then 2.0 as its manual says
        # (api.credly.com/docs/obi_specified_endpoints). Acclaim is what it was called before.
        (
            rf"https?://(?:www\.)?(?:credly|youracclaim)\.com/badges/{_UUID}(?:[/?#].*)?",
            (r"https://www.credly.com/api/v1/obi/v3/open_badge_credentials/\g<id>", _CREDLY_2),
        ),
        # … and where the badges of that time say that they stand (openbadges-validator-core, issue 33).
        (rf"https?://api\.youracclaim\.com/v1/obi/(?:v2/)?badge_assertions/{_UUID}(?:\.json)?{_END}", (_CREDLY_2,)),
        # Badgr, later Canvas Credentials: one API for each region (developerdocs.instructure.com, services/credentials),
        # and pages on the host of each institution. Not `expand`: the badge is asked at its own address in any case,
        # which is then this one, so that it is asked once.
        (
            r"https?://(?!api\.(?:demo|test)\.|demo\.|test\.)(?:[a-z0-9-]+\.)??(?P<region>(?:eu|au|ca|sg)\.)?"
            rf"badgr\.(?:com|io)/public/assertions/{_ID}(?:\.json)?{_END}",
            (r"https://api.\g<region>badgr.io/public/assertions/\g<id>",),
        ),
        # Parchment Digital Badges, which Badgr became (developerdocs.instructure.com, services/parchment-digital-badges).
        (
            r"https?://(?!api\.(?:demo|test)\.|demo\.|test\.)(?:[a-z0-9-]+\.)?badges\.parchment\.(?P<land>com|eu|au|ca|sg)"
            rf"/public/assertions/{_ID}(?:\.json)?{_END}",
            (r"https://api.badges.parchment.\g<land>/public/assertions/\g<id>",),
        ),
        # edubadges of SURF: both hosts as in its plan for 3.0, "Assertion verification endpoint" (edubadges-server).
        (
            rf"https?://(?:www\.|api\.)?edubadges\.nl/public/assertions/{_ID}{_END}",
            (r"https://api.edubadges.nl/public/assertions/\g<id>",),
        ),
        # Open Educational Badges: 3.0 as its badges name themselves, and what badgr-server gives without being told
        # a version (mint-o-badges/badgr-server, apps/issuer/public_api.py).
        (
            rf"https?://(?:www\.|api\.)?openbadges\.education/public/assertions/{_ID}{_END}",
            (
                r"https://api.openbadges.education/public/assertions/\g<id>?v=3_0",
                r"https://api.openbadges.education/public/assertions/\g<id>",
            ),
        ),
        # Moodle, on whatever host and in whatever folder (moodle, badges/badge.php and badges/assertion.php; newer ones
        # redirect from there to badges/json/assertion.php).
        (
            r"(?P<site>https?://[^?#]+)/badges/badge\.php\?(?:[^#]*&)?hash=(?P<id>[0-9a-z]{8,128})(?:[&#].*)?",
            (r"\g<site>/badges/assertion.php?b=\g<id>&obversion=2",),
        ),
        # Open Badge Factory: the same address with another ending (as its badges name themselves).
        (
            rf"https?://(?P<host>(?:[a-z0-9-]+\.)?openbadgefactory\.com)/v1/assertion/(?P<id>[0-9a-f]{{40}})(?:\.html)?{_END}",
            (r"https://\g<host>/v1/assertion/\g<id>.json",),
        ),
        # Open Badge Passport: what its page is drawn from, which names the badge in `assertion_url`
        # (openbadgefactory/salava, src/clj/salava/badge/routes.clj and main.clj).
        (
            r"https?://(?P<host>(?:[a-z0-9-]+\.)?openbadgepassport\.com)/app/badge/info/(?P<id>\d{1,12})(?:[/?#].*)?",
            (r"https://\g<host>/app/obpv1/badge/info/\g<id>",),
        ),
    )
)

_NAMES: tuple[tuple[str, str], ...] = (
    ("credly.com", "Credly"),
    ("youracclaim.com", "Credly"),
    ("badgr.io", "Canvas Credentials"),
    ("badgr.com", "Canvas Credentials"),
    ("parchment.com", "Parchment"),
    ("parchment.eu", "Parchment"),
    ("parchment.au", "Parchment"),
    ("parchment.ca", "Parchment"),
    ("parchment.sg", "Parchment"),
    ("edubadges.nl", "edubadges"),
    ("openbadges.education", "Open Educational Badges"),
    ("openbadgefactory.com", "Open Badge Factory"),
    ("openbadgepassport.com", "Open Badge Passport"),
)
"""What the platforms above are called, by the host below which each keeps the badges of many issuers."""


def platform_of(host: str) -> str:
    """The name of the platform whose *host* it is, "" where it is none that we know."""
    return next((name for known, name in _NAMES if host == known or host.endswith(f".{known}")), "")


def is_of_platform(address: str) -> bool:
    """Whether *address* leads to a platform that we know: by its host or, as on the sites of Moodle, by its path."""
    return bool(platform_of(host_of(address)) or badge_addresses(address))


def badge_addresses(page: str) -> tuple[str, ...]:
    """Where the badge of *page* stands, best first, when *page* is of a platform that we know; else ()."""
    if len(page) > texts.ADDRESS:
        return ()
    for pattern, addresses in _PLATFORMS:
        if found := pattern.fullmatch(page):
            return tuple(found.expand(address) for address in addresses)
    return ()
