"""The one part of a file that was asked for: Safari plays no sound of a server that gives none (RFC 9110, 14)."""

import re

from starlette.responses import Response

RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,12})-(?P<last>[0-9]{0,12})")


def part_of(whole: Response, asked: str) -> Response:
    """*whole*, or the part of it that the header Range, *asked*, is about; 416 where there is no such part.

    Source: RFC 9110, 14.2. Several parts, and units other than bytes, are answered with all of it.
    """
    whole.headers["Accept-Ranges"] = "bytes"
    found = RANGE.fullmatch(asked)
    if not found or not (found["first"] or found["last"]):
        return whole
    content, length = bytes(whole.body), len(whole.body)
    first = int(found["first"]) if found["first"] else max(0, length - int(found["last"]))
    last = min(int(found["last"]), length - 1) if found["first"] and found["last"] else length - 1
    if not first <= last < length:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{length}"})
    told = {name: value for name, value in whole.headers.items() if name != "content-length"}
    part = Response(content[first : last + 1], 206, headers=told)
    part.headers["Content-Range"] = f"bytes {first}-{last}/{length}"
    return part
