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
READ = 300
"""Characters of a User-Agent that are read."""


def kind_of(user_agent: str) -> str:
    """A word of KINDS, or "" when *user_agent* tells none."""
    told = user_agent[:READ].lower()
    return next((kind for word, kind in WORDS if word in told), "")
