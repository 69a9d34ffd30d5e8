"""What PyPI's openbadgeslib finds in pictures, and says of it: a list of pictures in, a list of findings out, both JSON.

A picture is an SVG, or a PNG in base64. Run by .venv-others alone, as issue.py is.
"""

import base64
import json
import sys
from typing import Any

from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError, OB3Verifier


def look(picture: str) -> dict[str, Any]:
    """The badge in *picture*, and why it is refused; "" when it is not."""
    if picture.lstrip().startswith("<"):
        text = OB3Verifier.extract_token_from_svg(picture.encode())
    else:
        text = OB3Verifier.extract_token_from_png(base64.b64decode(picture))
    try:
        OB3LdpVerifier().verify(text)
    except OB3VerificationError as problem:
        return {"text": text, "refused": str(problem)}
    return {"text": text, "refused": ""}


json.dump([look(picture) for picture in json.load(sys.stdin)], sys.stdout)
