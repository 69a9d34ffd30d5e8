"""Each file of `deploy/` is read by the tool it is for; the image is built in test_image.py.

`make soak PART=nodes` installs the tools (Makefile, `nodes`); one that is not there is named by the test that is skipped. The
addresses of the examples become this machine's own: some tools look whether anybody answers.
"""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.fixtures.patience import eventually
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import SERVER
from wallet.archive import importing
from wallet.web import connection_limits

pytestmark = pytest.mark.soak

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
EXPOSED = 7.0
"""What systemd-analyze says of a unit at most, of 10; an ordinary one has 9.6."""
VALIDATE = PROJECT / ".venv-nodes/bin/kubernetes-validate"
A_LOOK = {"POSTGRES_PASSWORD": "for-a-look", "S3_SECRET": "for-a-look", "KEYS_JSON": "{}"}


def needs(*programs: str) -> None:
    """Skips the test where one of these is not on this machine."""
    for program in programs:
        if not (shutil.which(program) or Path(program).is_file()):
            pytest.skip(f"{program} is not here: `make soak PART=nodes` installs it as root")


def run(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """What a program says, and how it ended."""
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, **options)  # type: ignore[call-overload,no-any-return]


def here(name: str, folder: Path, **instead: str) -> Path:
    """A copy of the file of deploy/ in *folder*, its machines this one, and with other words *instead* of some."""
    text = re.sub(r"\b10\.0\.0\.(\d+)", r"127.0.0.\1", (DEPLOY / name).read_text(encoding="utf-8"))
    for there, word in instead.items():
        assert there in text
        text = text.replace(there, word)
    path = folder / Path(name).name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that the account of PostgreSQL can enter."""
    folder = Path("/tmp", f"wallet-deploy-{os.getpid()}")  # noqa: S108  # pytest's own is closed to others
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


# --- systemd (the units themselves: tests/cli/test_supervisor.py) ----------------------------------------------------------------------------------------------------------


def test_the_units_stand_behind_walls_and_leave_bubblewrap_its_own():
    needs("systemd-analyze")
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        said = run(
            "systemd-analyze", "security", "--no-pager", "--offline=yes", f"--threshold={int(EXPOSED * 10)}", unit
        )

        assert said.returncode == 0, said.stdout[-300:]
        assert not re.search(r"(?m)^(RestrictNamespaces|ProtectProc|ProtectKernelTunables|ProcSubset|MemoryDeny)", text)


def test_timers_come_again_at_moments_that_are_some():
    needs("systemd-analyze")
    for unit in (DEPLOY / "systemd").glob("*.timer"):
        (moment,) = re.findall(r"(?m)^OnCalendar=(.*)$", unit.read_text(encoding="utf-8"))
        assert run("systemd-analyze", "calendar", moment).returncode == 0


def test_the_account_of_the_units_is_made():
    needs("systemd-sysusers")
    said = run("systemd-sysusers", "--dry-run", DEPLOY / "systemd/sysusers.conf")

    assert (said.returncode, "wallet" in said.stdout + said.stderr) == (0, True), said.stderr


# --- what stands before and beside the wallet -------------------------------------------------------------------------


def certificate(folder: Path) -> Path:
    """Certificate and key in one file."""
    pem = folder / "wallet.pem"
    made = run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-subj", "/CN=badges.example.org", "-keyout", pem, "-out", folder / "certificate"),
    )
    assert made.returncode == 0, made.stderr
    pem.write_text(pem.read_text() + (folder / "certificate").read_text())
    return pem


def test_haproxy_takes_its_file(tmp_path: Path):
    needs("haproxy", "openssl")
    pem = certificate(tmp_path)

    said = run("haproxy", "-c", "-f", here("haproxy.cfg", tmp_path, **{"/etc/haproxy/wallet.pem": str(pem)}))

    assert said.returncode == 0, said.stderr
    assert "WARNING" not in said.stderr


def test_haproxy_writes_down_nobody_who_asks(tmp_path: Path):
    """Neither whose request it was, nor of which share, nor who began no TLS where it is spoken."""
    needs("haproxy", "openssl")
    plain, tls = free_port(), free_port()
    words = {
        "/etc/haproxy/wallet.pem": str(certificate(tmp_path)),
        "log /dev/log local0": "log stdout format raw local0",
        "bind :80\n": f"bind 127.0.0.1:{plain}\n",
        "bind :443": f"bind 127.0.0.1:{tls}",
        ":5000": f":{free_port()}",
        **{f":{number}": f":{free_port()}" for number in (8000, 5432)},
    }
    log = tmp_path / "log"
    with running(log, "haproxy", "-f", here("haproxy.cfg", tmp_path, **words)):
        assert eventually(lambda: answered(f"http://127.0.0.1:{plain}/s/zqSecret", by="127.0.0.9") == 301)
        assert answered(f"http://127.0.0.1:{tls}/s/zqSecret", by="127.0.0.9") == 0
        assert eventually(lambda: "handshake" in log.read_text())

    told = log.read_text()
    assert "people" in told
    assert "zqSecret" not in told
    assert "127.0.0.9" not in told


def test_haproxy_lets_an_address_and_a_head_through_that_the_wallet_takes(tmp_path: Path):
    """Else a platform, or a link that holds an offer, ends at a page of the proxy, which says nothing of what to do."""
    needs("haproxy", "openssl")
    plain, ready, node = free_port(), free_port(), free_port()
    words = {
        "/etc/haproxy/wallet.pem": str(certificate(tmp_path)),
        "log /dev/log local0": "log stdout format raw local0",
        "bind :80\n": f"bind 127.0.0.1:{plain}\n",
        "bind :443": f"bind 127.0.0.1:{free_port()}",
        "    http-request redirect scheme https code 301 unless { ssl_fc }\n": "",
        ":5000": f":{free_port()}",
        ":8000": f":{node}",
        "port 9100": f"port {ready}",
    }
    with ExitStack() as beside:
        for number in (11, 12):
            for port in (node, ready):
                beside.enter_context(_answering(f"127.0.0.{number}", port))
        beside.enter_context(running(tmp_path / "log", "haproxy", "-f", here("haproxy.cfg", tmp_path, **words)))
        address = f"http://127.0.0.1:{plain}/oauth/authorize"
        assert eventually(lambda: answered(address) == HTTPStatus.OK)

        long = f"{address}?state=".ljust(connection_limits.LINE, "a")
        rest = connection_limits.HEAD - connection_limits.LINE - 1024
        assert answered(long, cookie="a" * rest) == HTTPStatus.OK


def test_haproxy_sends_nothing_twice_that_was_sent():
    text = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\s*retry-on (.*)$", text) == ["conn-failure"]


def test_haproxy_waits_for_an_archive_as_long_as_one_may_take():
    """Else whoever brings one back reads of a machine that did not answer, while it comes in."""
    text = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    of_nodes = text.partition("\nbackend wallet\n")[2].partition("\nlisten ")[0]

    assert [int(found) > importing.LONGEST for found in re.findall(r"(?m)^\s*timeout server (\d+)s$", of_nodes)] == [
        True
    ]


def test_caddy_takes_its_file(tmp_path: Path):
    needs("caddy")
    homes = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}

    file = here("Caddyfile", tmp_path)
    said = run("caddy", "validate", "--config", file, "--adapter", "caddyfile", env={**os.environ, **homes})

    assert said.returncode == 0, said.stderr
    assert "Valid configuration" in said.stdout + said.stderr
    assert run("caddy", "fmt", DEPLOY / "Caddyfile").stdout == (DEPLOY / "Caddyfile").read_text(encoding="utf-8")


def test_caddy_writes_down_no_address_of_a_share_where_no_node_answers(tmp_path: Path):
    needs("caddy")
    port, ready = free_port(), free_port()
    homes = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    words = {
        "badges.example.org {": f"http://127.0.0.1:{port} {{",
        ":8000": f":{free_port()}",
        "9100": f"{ready}",
        "\tlog {": "\tadmin off\n\tlog {",
    }
    log = tmp_path / "log"
    with ExitStack() as beside:
        for number in (11, 12):  # ready, and gone a moment later
            beside.enter_context(_answering(f"127.0.0.{number}", ready))
        file = here("Caddyfile", tmp_path, **words)
        with running(log, "caddy", "run", "--config", file, "--adapter", "caddyfile", env={**os.environ, **homes}):
            assert eventually(lambda: answered(f"http://127.0.0.1:{port}/s/zqSecret") == HTTPStatus.BAD_GATEWAY)

    told = log.read_text()
    assert "http.log.error" in told
    assert "zqSecret" not in told
    assert "remote_ip" not in told


@contextmanager
def running(log: Path, *words: str | Path, env: dict[str, str] | None = None) -> Iterator[None]:
    """A program that runs meanwhile, and says into *log* what it has to say."""
    with log.open("wb") as written:
        started = subprocess.Popen(words, stdout=written, stderr=written, env=env)
        try:
            yield
        finally:
            started.terminate()
            started.wait(20)


class Ready(BaseHTTPRequestHandler):
    """A node that says that it is ready."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _answering(host: str, port: int) -> Iterator[None]:
    node = HTTPServer((host, port), Ready)
    threading.Thread(target=node.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        node.shutdown()
        node.server_close()


def answered(address: str, by: str = "127.0.0.1", cookie: str = "") -> int:
    """What is answered to that number of this machine; 0 where nobody does."""
    parts = urlsplit(address)
    asking = HTTPConnection(parts.netloc, timeout=30, source_address=(by, 0))
    try:
        asking.request("GET", parts._replace(scheme="", netloc="").geturl(), headers={"Cookie": cookie})
        return asking.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        asking.close()


def test_pgbouncer_starts_with_its_file_and_says_what_it_read(open_folder: Path):
    needs("pgbouncer", "runuser")
    if os.geteuid() != 0:
        pytest.skip("only root can start it as somebody else")
    port, users = free_port(), open_folder / "userlist.txt"
    users.write_text('"operator" "for-a-look"\n')
    words = {
        "listen_port = 6432": f"listen_port = {port}\nadmin_users = operator",
        "/etc/pgbouncer/userlist.txt": str(users),
    }
    file = here("pgbouncer.ini", open_folder, **words)

    with subprocess.Popen(
        ["runuser", "-u", SERVER, "--", "pgbouncer", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as started:
        try:
            address = f"postgresql://operator:for-a-look@127.0.0.1:{port}/pgbouncer"
            assert eventually(lambda: settings_of_pgbouncer(address))
            read = settings_of_pgbouncer(address)
            assert (read["pool_mode"], read["ignore_startup_parameters"]) == ("transaction", "")
            assert int(read["max_client_conn"]) == 1000
        finally:
            started.terminate()
            started.wait(20)


def settings_of_pgbouncer(address: str) -> dict[str, str]:
    """What its console shows; nothing while it does not answer."""
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=2) as console:
            cursor = psycopg.ClientCursor(console).execute("SHOW CONFIG")
            return {row[0]: row[1] for row in cursor.fetchall()}
    except psycopg.OperationalError:
        return {}


def test_patroni_takes_its_file(tmp_path: Path):
    needs("patroni")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not versions:
        pytest.skip("there is no PostgreSQL here")
    words = {
        "/usr/lib/postgresql/17/bin": str(versions[-1].parent),
        "/var/lib/postgresql/17/wallet": str(tmp_path / "data"),
    }
    etcd = free_port()
    words |= {":8008": f":{free_port()}", ":5432": f":{free_port()}", ":2379": f":{etcd}"}

    with ExitStack() as listening:  # it asks whether somebody is there
        for number in (31, 32, 33):
            listening.enter_context(socket.create_server((f"127.0.0.{number}", etcd)))
        said = run("patroni", "--validate-config", here("patroni.yml", tmp_path, **words))

    assert (said.returncode, said.stdout.strip(), said.stderr.strip()) == (0, "", "")


# --- containers -------------------------------------------------------------------------------------------------------


def test_compose_takes_its_file():
    """Its syntax, and no more: nobody has run it, and it says so on top."""
    needs("docker-compose")
    said = run("docker-compose", "-f", DEPLOY / "compose.yaml", "config", "--quiet", env={**os.environ, **A_LOOK})

    assert (said.returncode, said.stderr) == (0, "")
    assert "never been run" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8").partition("\nname:")[0]


def test_kubernetes_takes_the_base_and_the_secret(tmp_path: Path):
    needs("kustomize", str(VALIDATE))
    built = run("kustomize", "build", DEPLOY / "kubernetes")
    assert built.returncode == 0, built.stderr
    base = tmp_path / "base.yaml"
    base.write_text(built.stdout)

    for file in (base, DEPLOY / "kubernetes/secret.example.yaml"):
        said = run(VALIDATE, "--strict", file)
        assert said.returncode == 0, said.stdout + said.stderr
    kinds = re.findall(r"(?m)^kind: (\w+)$", built.stdout)
    assert sorted(kinds) == ["ConfigMap", "CronJob", "Deployment", "Deployment", "PodDisruptionBudget", "Service"]
