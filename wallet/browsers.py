"""What kind of device a browser says it runs on: one plain word, and nothing else of what it says is kept."""

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
KINDS = frozenset(kind for _, kind in WORDS)
PHONES = frozenset({"iphone", "android", "ipad"})
ROBOTS = (
    *("bot", "crawler", "spider", "preview", "facebookexternalhit", "facebookcatalog", "whatsapp/", "slack-imgproxy"),
    *(
        "skypeuripreview",
        "ms-office",
        "microsoft office",
        "safelinks",
        "google-safety",
        "vkshare",
        "embedly",
        "iframely",
    ),
)
"""Words in the names of robots that fetch links out of messages. An app in which people read is not among them."""
READ = 300
"""Characters of a User-Agent that are read."""


def kind_of(user_agent: str) -> str:
    """A word of KINDS, or "" when *user_agent* tells none."""
    told = user_agent[:READ].lower()
    return next((kind for word, kind in WORDS if word in told), "")


def is_robot(user_agent: str) -> bool:
    """Whether it is one of those that fetch a link before any human opens it, to draw a preview or to look for harm."""
    told = user_agent[:READ].lower()
    return any(word in told for word in ROBOTS)


def is_phone(user_agent: str) -> bool:
    """Whether it is a phone or a tablet; anything else is told as a computer."""
    return kind_of(user_agent) in PHONES
