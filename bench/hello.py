"""The least that a server of ours can answer, for bench/share.py: one route, async, nothing around it."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def hello(_request: Request) -> PlainTextResponse:
    """A word."""
    return PlainTextResponse("hello")


app = Starlette(routes=[Route("/", hello)])
