"""A recording on stdin; on stdout one line of JSON, then the recording with nothing in it but sound."""

import json
import sys

from . import mp3, mp4, ogg, sound, webm

CONTAINERS = {"mp4": mp4.listen, "webm": webm.listen, "ogg": ogg.listen, "mp3": mp3.listen}


def main(kind: str) -> None:
    """Listen to what stands on stdin, an `mp4`, `webm`, `ogg` or `mp3`: how long it is, or the one word why not."""
    content = bytearray(sys.stdin.buffer.read())
    try:
        answer: dict[str, object] = {"seconds": CONTAINERS[kind](content)}
    except sound.NotASound as problem:
        answer, content = {"problem": str(problem)}, bytearray()
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


if __name__ == "__main__":
    main(sys.argv[1])
