"""Other people's issuers, each in a process of its own behind a certificate of the tests; and how they are asked."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.openbadges.support.others import NODE, PYTHON, SCRIPTS
from wallet.network import Fetcher


@dataclass(frozen=True, slots=True)
class Issuing:
    """An issuer that listens on *port*."""

    port: int
    certificate: Path

    def fetcher(self) -> Fetcher:
        """A way out that believes its certificate, and asks it although it is not public."""
        return Fetcher(allow=[("localhost", self.port)], tls=self._tls(), total=30)

    def trial(self, path: str, order: dict[str, Any] | None = None) -> Any:
        """What it is told to do, or tells, beside the standard."""
        body = json.dumps(order).encode() if order is not None else None
        request = Request(f"https://localhost:{self.port}/trial{path}", body)
        with urlopen(request, context=self._tls()) as answer:
            return json.load(answer)

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def begun(program: str, *told: str, certificate: Path) -> Iterator[Issuing]:
    """The issuer *program* of tests/others."""
    interpreter = NODE if program.endswith(".mjs") else PYTHON
    with subprocess.Popen(
        [interpreter, SCRIPTS / program, *told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield Issuing(int(process.stdout.readline()), certificate)
        finally:
            process.terminate()
