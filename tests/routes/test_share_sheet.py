"""A share on paper."""

from pathlib import Path
from starlette.applications import Starlette
from tests.fixtures.visits import Stranger, holder, signed
import pytest


def test_first(app: Starlette, recruiter: Stranger):
    sonia = holder(
        app, *[(f"{n}.json", signed(n)) for n in ("communiquer-1", "organiser-2", "adapter-2", "integrer-1", "general")]
    )
    ids = sonia.has()
    m = sonia.tells(
        ids[0],
        situation="work",
        place="Épicerie du Port",
        facts="Elle ne parlait pas bien français. " * 30,
        me="J’ai aidé.",
        sentence="J’ai aidé une cliente.",
    )
    link = sonia.link_of(sonia.shows(*ids, name="Sonia Martin", moment=f"{ids[0]}-{m.rpartition('/')[2]}"))
    answer = recruiter.get(link + "/sheet.pdf")
    Path("/tmp/tt/e.pdf").write_bytes(answer.content)
    assert answer.status_code == 200, answer.text
    print(answer.headers)
