"""What kind of device a browser says it runs on: one plain word, and nothing else of what it says is kept."""

import re
from functools import lru_cache

WORDS = (
    ("ipad", "ipad"),
    ("iphone", "iphone"),
    ("android", "android"),
    ("windows", "windows"),
    ("cros", "chromebook"),
    ("macintosh", "mac"),
    ("linux", "linux"),
)
"""Words of a User-Agent and what they stand for; the first that is found decides. Source: RFC 9110, 10.1.5."""
DEVICE_KINDS = frozenset(kind for _, kind in WORDS)
PHONES = frozenset({"iphone", "android", "ipad"})
ROBOTS = re.compile(
    r"^whatsapp/|^viber/|(?<!cu)bot|crawl|spider|slurp|preview|externalhit|facebookcatalog|meta-external|slack-imgproxy|"
    r"ms-office|microsoft office|safelinks|google-|googleother|googleimageproxy|apis-google|mediapartners-google|"
    r"feedfetcher|vkshare|embedly|iframely|mastodon|kakaotalk-scrap|proofpoint|mimecast|barracuda|ia_archiver"
)
"""Words in the names of robots that fetch links out of messages. An app in which people read is not among them, nor is a
Cubot, which is a phone. Signal calls itself WhatsApp, and Messages of Apple names three others.
Source: what these say of themselves, e.g. developers.facebook.com/docs/sharing/webmasters/web-crawlers,
api.slack.com/robots, developers.google.com/crawling/docs.
"""
PREVIEW_ROBOTS = (
    "facebookexternalhit",
    "LinkedInBot",
    "Slackbot-LinkExpanding",
    "WhatsApp",
    "Twitterbot",
    "TelegramBot",
    "Discordbot",
    "SkypeUriPreview",
)
"""Those of them that draw a preview where a person sent the link, as robots.txt names them (RFC 9309, 2.2.1); each is one of
ROBOTS. LinkedIn and X draw nothing where it keeps them out."""
APPS = re.compile(
    r"; wv\)|fban/|fbav/|fb_iab|\binstagram |linkedinapp|\bgsa/|whatsapp/|snapchat|twitter for |pinterest/|micromessenger|"
    r"\bline/|musical_ly|bytedance|tiktok|telegram|teams/|slack_ssb|outlook-|gmail"
)
"""Words of the browsers within apps, where a key may not be made: WebAuthn asks the app, and few say yes.
Source: Android's "User-Agent in WebView" (`; wv`), and what the apps say of themselves.
"""
READ = 300
"""Characters of a User-Agent that are read."""


def device_kind(user_agent: str) -> str:
    """A word of KINDS, or "" when *user_agent* tells none."""
    told = user_agent[:READ].lower()
    return next((kind for word, kind in WORDS if word in told), "")


def is_robot(user_agent: str) -> bool:
    """Whether it is one of those that fetch a link before any human opens it, to draw a preview or to look for harm."""
    return _is_robot(user_agent[:READ])


@lru_cache(256)
def _is_robot(read: str) -> bool:
    return ROBOTS.search(read.lower()) is not None


def may_have_viewer(user_agent: str) -> bool:
    """Whether somebody may be looking: no robot, and no browser that is driven without a screen."""
    told = user_agent[:READ].lower()
    return not is_robot(told) and "headless" not in told and "phantomjs" not in told


def is_in_app_browser(user_agent: str) -> bool:
    """Whether the page is seen inside another app, as of a link in a message: WhatsApp, Facebook, LinkedIn, Gmail.

    On an iPhone whatever does not call itself Safari is such a view, or the wallet itself on the home screen: a style
    tells these apart, as nothing else does (`display-mode`, Media Queries 5).
    """
    told = user_agent[:READ].lower()
    is_on_an_iphone = "iphone" in told or "ipad" in told
    return APPS.search(told) is not None or (is_on_an_iphone and "safari/" not in told)


def install_kind(user_agent: str) -> str:
    """How the wallet is put among the apps there: `android`, `samsung`, `iphone` or `computer`."""
    told, kind = user_agent[:READ].lower(), device_kind(user_agent)
    if kind == "android":
        return "samsung" if "samsungbrowser" in told else "android"
    return "iphone" if kind in PHONES else "computer"


def is_phone(user_agent: str) -> bool:
    """Whether it is a phone or a tablet; anything else is told as a computer."""
    return device_kind(user_agent) in PHONES
