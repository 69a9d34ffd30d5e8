"""What is told of each request where an operator wants to see all there is: names and numbers, and nothing of the people in it."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.fixtures.patience import until
from tests.fixtures.ports import free_port
from tests.fixtures.visits import Person, Stranger, holder, signed
from tests.fixtures.visits import settings as usual_settings  # noqa: F401  # the next fixture is made of it
from tests.routes.test_share_canary import Album, Crawler, album, hits  # noqa: F401  # a fixture
from wallet.monitoring.log_lines import JsonLines
from wallet.monitoring.metrics import Metrics
from wallet.monitoring.request_ids import HEADER
from wallet.routes import ROUTES
from wallet.settings import Settings
from wallet.storage import known_revisions
from wallet.web.page_cache import EXTENSION

CANARY = "zqCanari"
NUMBER = re.compile(r"[0-9a-f]{10}")
ROUTE_NAMES = {route.name for route in ROUTES} | {"none"}


@pytest.fixture
def settings(usual_settings: Settings) -> Settings:  # noqa: F811
    return replace(usual_settings, operations=("127.0.0.1", free_port()), log="json")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, as WALLET_LOG=json writes it."""
    written = io.StringIO()
    writer = logging.StreamHandler(written)
    writer.setFormatter(JsonLines())
    root, ours = logging.getLogger(), logging.getLogger("wallet")
    before = ours.level
    root.addHandler(writer)
    ours.setLevel(logging.INFO)
    yield written
    root.removeHandler(writer)
    ours.setLevel(before)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def metrics_of(app: Starlette) -> Metrics:
    metrics: Metrics = app.state.services.metrics
    return metrics


def told(app: Starlette) -> list[str]:
    return metrics_of(app).text().decode().splitlines()


def test_each_answer_bears_a_number_of_ours_and_its_line_has_it(app: Starlette, log: io.StringIO) -> None:
    maria = holder(app)
    log.truncate(0)
    log.seek(0)
    answers = [
        maria.get("/help", headers={HEADER: CANARY}),
        maria.get("/badges"),
        maria.get("/static/nothing.css"),
        maria.get("/nowhere"),
        maria.get("/", headers={"Host": "evil.example"}),
        Person(app).post("/settings", headers={"Sec-Fetch-Site": "cross-site"}),
    ]

    numbers = [answer.headers[HEADER] for answer in answers]
    assert all(NUMBER.fullmatch(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert [(one["request"], one["route"], one["status"]) for one in lines(log)] == list(
        zip(
            numbers,
            ("help", "badges", "static", "none", "none", "none"),
            (200, 200, 404, 404, 400, 403),
            strict=True,
        )
    )
    assert all(
        one.keys() == {"time", "level", "node", "request", "message", "route", "status", "ms"} for one in lines(log)
    )


def test_a_page_that_lies_ready_goes_out_whole_with_a_number_of_its_own(app: Starlette, log: io.StringIO) -> None:
    """Yann opens Maria's link for the second time."""
    maria = holder(app)
    link = maria.link_of(maria.shows(*maria.has()))
    packed = {"Accept-Encoding": "gzip"}
    first = Stranger(app).get(link, headers=packed)
    sent: list[Any] = []

    def keep(_scope: Any, page: Any) -> bool:
        sent.append(page)
        return True

    path = "/" + link.partition("://")[2].partition("/")[2] if "://" in link else link
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [
            (b"host", app.state.services.settings.origin.partition("://")[2].encode()),
            (b"accept-encoding", b"gzip"),
        ],
        "client": ("198.51.100.7", 1),
        "state": {},
        "extensions": {EXTENSION: {"send": keep}},
    }
    for _ in range(2):
        answering = app(dict(scope, state={}), None, None)  # type: ignore[arg-type]  # it needs neither
        with pytest.raises(StopIteration):
            answering.send(None)

    numbers = [NUMBER.findall(page.lines.partition(b"x-request-id: ")[2].decode())[0] for page in sent]
    assert len({first.headers[HEADER], *numbers}) == 3
    assert [(one["request"], one["route"], one["status"]) for one in lines(log)[-2:]] == [
        (number, "shared", 200) for number in numbers
    ]
    assert 'wallet_requests_total{route="shared",status="200"} 3.0' in told(app)


def test_a_fault_of_ours_has_its_number_in_the_trace_too(
    app: Starlette, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(app, raise_server_exceptions=False)
    monkeypatch.setattr(app.state.services.rate_limits, "network", None)
    monkeypatch.setattr("wallet.web.authentication._enter", None)

    answer = person.get("/help")

    assert answer.status_code == 500
    failed, request = lines(log)[-2:]
    assert failed["message"] == f"request {answer.headers[HEADER]} failed"
    assert (request["request"], request["route"], request["status"]) == (answer.headers[HEADER], "help", 500)


def test_a_database_whose_rows_cannot_be_counted_because_it_is_too_old_is_told_to_the_balancer(app: Starlette) -> None:
    """A backup of long ago was brought back under a wallet that runs: a table that is counted is not there yet."""
    services, before = app.state.services, known_revisions()[1]
    host, port = services.settings.operations

    def ready() -> tuple[int, str]:
        try:
            with urlopen(f"http://{host}:{port}/ready") as answer:
                return answer.status, answer.read().decode()
        except HTTPError as problem:
            with problem:
                return problem.code, problem.read().decode()
        except OSError:  # it does not listen yet
            return 0, ""

    with TestClient(app):
        with services.database.writing() as session:
            session.execute(text("DROP TABLE letters"))
            session.execute(text("UPDATE alembic_version SET version_num = :before").bindparams(before=before))
        until(lambda: ready()[0] == 503)
        assert ready()[1].startswith(f"The database is at revision {before}, this wallet at ")


@pytest.mark.breadth
def test_maria_and_yann_leave_no_trace_in_metrics_and_logs(app: Starlette, log: io.StringIO) -> None:
    """They write a word that stands nowhere else wherever somebody can write: in forms, addresses, headers, files."""
    names = {"User-Agent": f"{CANARY}/1.0", "Referer": f"http://{CANARY}.example/", HEADER: CANARY}
    maria = holder(app, (f"{CANARY}.json", signed()), address="203.0.113.77")
    maria.headers |= names
    maria.post("/settings", data={"name": CANARY})
    maria.post("/addresses", data={"address": f"{CANARY}@exemple.fr"})
    maria.get(f"/badges/search?words={CANARY}")
    maria.get(f"/{CANARY}/../{CANARY}?{CANARY}={CANARY}")
    maria.brings((f"{CANARY}.json", CANARY.encode()))
    maria.brings(link=f"http://{CANARY}.example/badge")
    share = maria.shows(*maria.has(), name=CANARY, word=CANARY, purpose=CANARY)
    link = maria.link_of(share)
    yann = Stranger(app, raise_server_exceptions=False)
    yann.headers |= names | {"X-Forwarded-For": CANARY}
    for path in (link, f"{link}?code={CANARY}", f"{link}/pictures/0", f"/s/{CANARY}", f"/letters/{CANARY}"):
        yann.get(path)
    yann.request("CANARY", f"/{CANARY}")
    yann.post(link, data={"code": CANARY})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wallet.web.authentication._enter", None)  # a fault of ours, with its trace
        yann.get(f"/{CANARY}")
        yann.get(f"/help?{CANARY}")

    written = log.getvalue() + "\n".join(told(app))
    token = link.rpartition("/")[2]
    for word in (CANARY, CANARY.lower(), "CANARY", token, "203.0.113", "198.51.100"):
        assert word not in written, word
    requests = [one for one in lines(log) if one["message"] == "request"]
    assert len(requests) > 20
    assert {one["route"] for one in requests} <= ROUTE_NAMES
    labels = set(re.findall(r'route="([^"]*)"', written))
    assert {"shared", "settings.keep", "none"} & labels
    assert labels <= ROUTE_NAMES


@pytest.mark.soak
def test_whoever_fetches_all_that_a_link_leads_to_leaves_no_trace_either(
    app: Starlette,
    album: Album,  # noqa: F811
    log: io.StringIO,
) -> None:
    """With every canary in every field of Maria's wallet (tests/routes/test_share_canary.py)."""
    reached = Crawler(Stranger(app), album, "fr", "WhatsApp/2.23.20.0").walk()

    assert len(reached) > 50
    assert 'route="shared"' in metrics_of(app).text().decode()
    written = log.getvalue().encode() + metrics_of(app).text()
    assert hits(written, album.secrets | {album.token, album.digits} - {""}) == set()


def test_what_database_and_shelf_take_is_counted(app: Starlette) -> None:
    holder(app)

    counts = dict(line.rsplit(" ", 1) for line in told(app) if not line.startswith("#"))

    assert float(counts['wallet_database_seconds_count{kind="write"}']) > 0
    assert float(counts['wallet_shelf_seconds_count{verb="keep"}']) > 0
    assert 'wallet_shelf_faults_total{verb="keep"}' not in counts


def test_a_shelf_that_fails_is_counted_and_what_it_raises_is_raised(app: Starlette) -> None:
    maria = holder(app)
    files = app.state.services.files
    files.root.rename(files.root.with_name("aside"))
    files.root.write_text("no folder any more")

    assert maria.brings(("other.json", signed("adapter-1"))).status_code == 503

    assert 'wallet_shelf_faults_total{verb="keep"} 1.0' in told(app)


@pytest.mark.breadth
def test_there_is_no_metric_of_how_many_people_or_shares_there_are(app: Starlette) -> None:
    """Whoever reads them every few seconds would see each one come and go."""
    maria = holder(app)
    maria.shows(*maria.has())
    names = {line.split()[2] for line in told(app) if line.startswith("# TYPE")}

    assert not [name for name in names if re.search("holder|share|people|passkey|account|device", name)]
