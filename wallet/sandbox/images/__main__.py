"""A picture on stdin; on stdout one line of JSON, then what was drawn of it."""

import sys
from importlib import import_module


def main(program: str, *words: str) -> None:
    """Run *program*, `draw_picture` or `develop_photo`: only that one, for it alone has its packages."""
    import_module(f".{program}", __package__).main(*words)


if __name__ == "__main__":
    main(*sys.argv[1:])
