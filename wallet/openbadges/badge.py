"""The one shape of a badge, whatever standard and version it was written in.

The names are those of Open Badges 3.0; older versions are translated on the way in.
Everything here was said by the issuer: nothing is our judgement, nothing was looked up.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .details import Details


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture named by a badge. Source: Open Badges 3.0, Image."""

    id: str
    """An https address or a data: address."""
    caption: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Issuer:
    """Who says so. Source: Open Badges 3.0, Profile."""

    id: str
    name: str = ""
    url: str = ""
    email: str = ""
    description: str = ""
    image: Image | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    """What had to be done. Source: Open Badges 3.0, Criteria."""

    id: str = ""
    narrative: str = ""
    """Markdown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alignment:
    """A link to a framework of skills. Source: Open Badges 3.0, Alignment."""

    target_name: str
    target_url: str = ""
    target_description: str = ""
    target_framework: str = ""
    target_code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What supports it, said by the issuer. Source: Open Badges 3.0, Evidence."""

    id: str = ""
    name: str = ""
    narrative: str = ""
    description: str = ""
    genre: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Achievement:
    """What was achieved, whoever achieves it. Source: Open Badges 3.0, Achievement; BadgeClass before."""

    id: str = ""
    name: str = ""
    description: str = ""
    criteria: Criteria = Criteria()
    image: Image | None = None
    achievement_type: str = ""
    alignment: tuple[Alignment, ...] = ()
    tag: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Whom the badge names, as the issuer wrote it. Source: Open Badges 3.0, IdentityObject; 2.0 IdentityObject."""

    type: str
    """email, url, telephone, id, name, or the issuer's own word."""
    identity: str
    """In plain text, or `algorithm$hexadecimal` when hashed."""
    hashed: bool = False
    salt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Badge:
    """What an issuer asserts: one achievement of one person."""

    id: str
    version: str
    """Of Open Badges: 0.5, 1.0, 1.1, 2.0 or 3.0; "" for another verifiable credential."""
    achievement: Achievement
    issuer: Issuer
    name: str = ""
    """The credential's own title, where it has one; else the achievement's is meant."""
    description: str = ""
    image: Image | None = None
    recipients: tuple[Recipient, ...] = ()
    recipient_name: str = ""
    """A person's name that the issuer wrote into the badge."""
    issued_on: datetime | None = None
    """When it was awarded, aware, UTC."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    narrative: str = ""
    contents: tuple[str, ...] = ()
    """What a record or a diploma lists within, by name: the achievements and badges that it carries."""
    language: str = ""
    """BCP 47 tag of the texts, "" when the issuer does not say."""
    details: Details = field(default_factory=Details)
    """How it was achieved: results, credits, role, dates …"""

    @property
    def title(self) -> str:
        """The name to show: the credential's own, else the achievement's."""
        return self.name or self.achievement.name

    @property
    def picture(self) -> Image | None:
        """The picture to show: the credential's own, else the achievement's."""
        return self.image or self.achievement.image
