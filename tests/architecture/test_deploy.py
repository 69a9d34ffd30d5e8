"""What `deploy/` ships fits this wallet: its settings and commands are there, no secret is in it, and no host is asked.

Each file is read by the tool it is for in tests/nodes/test_deploy_files.py.
"""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallet.cli.commands import main
from wallet.settings import Settings, SettingsError

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SETTING = re.compile(r"\bWALLET_[A-Z_]+\b")
COMMAND = re.compile(
    r"(?:bin/wallet |^CMD \[\"|localhost/wallet (?=[a-z])|\bargs: \[|\bcommand: \[|'wallet )(?P<word>[a-z][a-z-]*)",
    re.MULTILINE,
)
ADDRESS = re.compile(r"\b[a-z0-9+]+://(?P<place>[^\s\"'<>]*)")
OURS = re.compile(
    r"(?:[^/@]*@)?(?:localhost|127\.0\.0\.1|10\.\d+\.\d+\.\d+|s3|postgres|[\w.-]*\bexample\.org|wallet|HOST)?(?::\d+)?(?:[/?].*)?"
)
"""Of an address: this machine, a machine of an example, or what it is called beside it."""
SECRET = re.compile(r"(?i)(?<!\{)\b\w*(?:password|secret|keys_json|token)\w*\"?\s*[:=]\s*(?P<value>[^\s#]+)")
HARMLESS = re.compile(r"[$<…{\"']|true|false|automount|scram-sha-256|/|\d+$")
UNITS = re.compile(
    r"(?:journalctl -u|systemctl (?:enable --now|restart|start|edit))(?P<names>(?: '?wallet[\w@.*-]*'?)+)"
)
IMAGE = re.compile(r"(?m)^\s*(?:- )?(?:image:|FROM|ARG BASE=)\s*(?P<image>\S+)")


def unknown_settings(text: str) -> set[str]:
    """The settings in *text* that the wallet does not know."""
    named = set(SETTING.findall(text))
    try:
        Settings.from_environment(dict.fromkeys(named, "?"))
    except SettingsError as problem:
        return {name for name in named if f"{name} is not a setting of the wallet." in problem.faults}
    return set()


def unknown_commands(text: str) -> set[str]:
    """The commands in *text* that `wallet` does not know."""
    return {found["word"] for found in COMMAND.finditer(text)} - {*main.list_commands(None)}  # type: ignore[arg-type]


def faults(text: str) -> Iterator[str]:
    """What does not belong into a file that everybody reads."""
    yield from (f"asks {found[0]}" for found in ADDRESS.finditer(text) if not OURS.fullmatch(found["place"]))
    yield from (
        f"tells {found[0]}"
        for found in SECRET.finditer(re.sub(r"(?m)^\s*[#;].*$", "", text))
        if not HARMLESS.match(found["value"])
    )
    for found in IMAGE.finditer(text):
        host, slash, _ = found["image"].partition("/")
        if slash and "." in host:
            yield f"names the host of {found['image']}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_what_is_shipped_fits_this_wallet(path: Path):
    text = path.read_text(encoding="utf-8")

    assert unknown_settings(text) == set()
    assert unknown_commands(text) == set()
    assert list(faults(text)) == []


def test_of_the_processes_of_a_machine_the_one_that_serves_answers_its_balancer():
    """All of them read the same settings, and whoever listens first on that port answers."""
    units = {path.name: path.read_text() for path in (DEPLOY / "systemd").glob("*.service")}
    lasting = {name: text for name, text in units.items() if "Type=exec" in text}

    answering = {name for name, text in lasting.items() if "UnsetEnvironment=WALLET_OPERATIONS" not in text}

    assert lasting.keys() == {"wallet@.service", "wallet-work.service"}
    assert answering == {"wallet@.service"}


def test_a_unit_writes_for_its_owner_alone_where_it_may_and_has_time_to_end():
    units = {path.name: path.read_text() for path in (DEPLOY / "systemd").glob("*.service")}

    assert [name for name, text in units.items() if "\nUMask=0077\n" not in text] == []
    [folder] = re.findall(r"wallet backup (\S+)", units["wallet-backup.service"])
    assert f"\nReadWritePaths={folder}\n" in units["wallet-backup.service"], "all else is read alone (ProtectSystem)"
    [patience] = re.findall(r"TimeoutStopSec=(\d+)", units["wallet@.service"])
    assert int(patience) > 20, "so long it goes on with what it has begun (wallet serve)"


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("Caddyfile", r"health_uri /ready\n"),
        ("haproxy.cfg", r"meth GET uri /ready\s"),
        ("kubernetes/nodes.yaml", r"readinessProbe:\n\s+httpGet: {path: /ready,"),
    ],
)
def test_a_balancer_asks_whether_a_node_is_ready_and_not_for_a_page_of_people(name: str, asks: str):
    assert re.search(asks, (DEPLOY / name).read_text())


def test_every_unit_that_an_operator_is_told_to_type_is_shipped():
    """Of one that is not there journalctl shows an empty log, and ends well."""
    units = [path.name.replace("@.", "@8000.") for path in (DEPLOY / "systemd").iterdir()]
    told = "".join(path.read_text(encoding="utf-8") for path in [*(DEPLOY.parent / "docs").glob("*.md"), *FILES])

    typed = [word.strip("'").rstrip(".") for found in UNITS.finditer(told) for word in found["names"].split()]

    assert {"wallet@8000", "wallet*"} <= {*typed}
    patterns = {name: name if re.search(r"[.*]", name) else f"{name}.service" for name in typed}
    assert [name for name, pattern in patterns.items() if not fnmatch.filter(units, pattern)] == []


def test_the_service_of_the_cluster_puts_no_setting_that_the_wallet_does_not_know_into_a_pod():
    """Of a Service `wallet` each pod beside it is told WALLET_PORT, WALLET_SERVICE_HOST and more, unless it wants none: the
    wallet takes them for settings that were typed wrong, and does not start. Source: Kubernetes, Service, environment variables."""
    texts = [path.read_text(encoding="utf-8") for path in (DEPLOY / "kubernetes").glob("*.yaml")]
    assert any("kind: Service\nmetadata: {name: wallet}" in text for text in texts)
    assert unknown_settings("WALLET_PORT=tcp://10.0.0.1:80 WALLET_SERVICE_HOST=10.0.0.1")

    pods = [
        (len(re.findall(r"(?m)^ +containers:$", text)), text.count(" enableServiceLinks: false\n")) for text in texts
    ]

    assert sum(pod for pod, _ in pods) == 3
    assert [pod for pod, told in pods if pod != told] == []


def test_whoever_puts_a_proxy_in_front_is_told_how_it_writes_down_no_address_of_a_share():
    """tests/nodes/test_deploy_files.py looks into the log of one. Source: decisions 15."""
    of_caddy = re.compile(r"^\{\n(?:\t#.*\n)?(\tlog \{\n(?:\t\t+.*\n)+\t\}\n)\}$", re.MULTILINE)
    told = (DEPLOY.parent / "docs/operating.md").read_text(encoding="utf-8")

    blocks = [of_caddy.findall(text) for text in (told, (DEPLOY / "Caddyfile").read_text(encoding="utf-8"))]

    assert blocks[0] == blocks[1]
    assert "request delete" in blocks[0][0]
    assert "access_log off" in told
    log_of_haproxy = re.findall(r'log-format "(.*)"', (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8"))
    assert len(log_of_haproxy) == 3, "of people, of their handshakes that failed, of PostgreSQL"
    assert [line for line in log_of_haproxy if re.search(r"%(HU|HP|HQ|r|ci|\[(?!fc_err_str\]))", line)] == []


def test_every_setting_that_several_machines_need_is_shown():
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)

    assert {f"WALLET_{name}" for name in ("DATABASE_URL", "FILES_URL", "KEYS", "PROXIES", "ORIGIN")} <= {
        *SETTING.findall(text)
    }
    assert {"serve", "work", "migrate", "backup", "figures"} <= {found["word"] for found in COMMAND.finditer(text)}


@pytest.mark.parametrize(
    "text",
    [
        "POSTGRES_PASSWORD: letmein",
        "AWS_SECRET_ACCESS_KEY=AKIA123",
        "curl https://somewhere.com/install.sh",
        "image: registry.somewhere.com/wallet:1",
        "FROM hub.somewhere.com/python",
    ],
)
def test_what_does_not_belong_there_is_told(text: str):
    assert len(list(faults(text))) == 1


def test_what_the_wallet_does_not_know_is_told():
    assert unknown_settings("WALLET_COLOUR: blue, WALLET_ORIGIN=x") == {"WALLET_COLOUR"}
    assert unknown_commands("ExecStart=/opt/wallet/.venv/bin/wallet srve --port 1") == {"srve"}
