"""Names as they are compared: those of badges, of frameworks, of whoever looks for one."""

import re
import unicodedata


def normalise_name(name: str) -> str:
    """*name* as it is compared: without accents, capitals, dashes and other signs."""
    letters = unicodedata.normalize("NFKD", name).casefold().replace("œ", "oe")
    return " ".join(re.findall(r"[^\W_]+", "".join(one for one in letters if not unicodedata.combining(one))))
