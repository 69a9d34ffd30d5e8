"""The block of 85 × 25 mm that somebody puts on their CV: which patches stand on it.

Pure. Its words are in shares/block_words.txt, and sandbox/typeset/cv-block.typ lays it out.
"""

from ..competencies import ShownSkill
from .public_view import PublicShare

MOST_PATCHES = 5
"""Those of four competencies and of a general badge."""
DOTS = 600
"""Of an inch, in the picture of it: as a printer has."""
DOTS_SEEN = 200
"""Of an inch, in the picture of it on a page."""


def patches_of(share: PublicShare) -> list[ShownSkill]:
    """What the badges of *share* speak of, each as sure as it is told there, a general badge last."""
    skills = [skill for drawn in share.maps for skill in drawn.skills]
    general = [drawn.general for drawn in share.maps if drawn.general][:1]
    return [*skills[: MOST_PATCHES - len(general)], *general]
