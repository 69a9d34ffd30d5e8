"""Settings: what the environment says, believed only where it can work; every fault told at once, in words."""

from pathlib import Path

import pytest

from wallet.operations.configuration import read_settings
from wallet.settings import Settings, SettingsError


def faults_of(**environment: str) -> list[str]:
    """What is told of these settings."""
    with pytest.raises(SettingsError) as told:
        read_settings(environment)
    return told.value.faults


def test_nothing_has_to_be_set():
    settings = read_settings({"PATH": "/bin", "HOME": "/root"})

    assert settings == Settings()
    assert settings.origin == "http://localhost:8000"
    assert settings.host == "localhost"
    assert not settings.secure


def test_all_that_is_kept_lies_under_var_of_the_working_directory():
    settings = Settings()

    assert settings.database_url == "sqlite:///var/wallet.sqlite3"
    assert settings.files_url == "file://./var/files"
    assert settings.keys.parts[0] == "var"
    assert settings.erasures == Path("var/erasures")
    assert read_settings({"WALLET_ERASURES": "/srv/erasures"}).erasures == Path("/srv/erasures")
    assert read_settings({"WALLET_ERASURES": "Shelf"}).erasures is None


def test_an_operator_reads_of_all_faults_at_once():
    faults = faults_of(
        WALLET_ORIGIN="http://badges.example",
        WALLET_DATABASE_URL="mysql://db",
        WALLET_FILES_URL="/srv/files",
        WALLET_FETCH_HTTP="perhaps",
        WALLET_LANGUAGE="de",
        WALLET_OFFLINE="sometimes",
        WALLET_SANDBOX="none",
        WALLET_FETCH_ALLOW="localhost",
        WALLET_PROXIES="10.1.2.3/8",
        WALLET_MIGRATE="later",
        WALLET_ISSUERS="/nowhere/issuers.json",
        WALLET_FRAMEWORKS="/nowhere/frameworks",
        WALLET_OPERATIONS="9100",
        WALLET_LOG="xml",
        WALLET_COLOUR="blue",
    )

    assert len(faults) == 15
    for name in (
        *("ORIGIN", "DATABASE_URL", "FILES_URL", "FETCH_HTTP", "LANGUAGE", "FETCH_ALLOW", "PROXIES", "ISSUERS"),
        *("FRAMEWORKS", "OFFLINE", "SANDBOX", "MIGRATE", "OPERATIONS", "LOG"),
    ):
        assert sum(fault.startswith(f"WALLET_{name} ") for fault in faults) == 1
    assert "WALLET_COLOUR is not a setting of the wallet." in faults
    assert all(fault.endswith(".") for fault in faults)


def test_a_misspelt_setting_is_told_and_an_empty_one_counts_as_unset():
    assert faults_of(WALLET_ORIGINE="https://badges.example") == ["WALLET_ORIGINE is not a setting of the wallet."]
    assert read_settings({"WALLET_ORIGIN": " ", "WALLET_FILES_URL": ""}) == Settings()


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("https://badges.exemple.fr", "https://badges.exemple.fr"),
        ("https://badges.exemple.fr/", "https://badges.exemple.fr"),
        ("https://Badges.Exemple.FR", "https://badges.exemple.fr"),  # browsers send it in lower case
        ("https://badges.exemple.fr:8443", "https://badges.exemple.fr:8443"),
        ("https://xn--bdges-hra.fr", "https://xn--bdges-hra.fr"),
        ("https://intranet", "https://intranet"),
        ("http://localhost:8791", "http://localhost:8791"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_a_public_name_is_taken(told: str, meant: str):
    assert read_settings({"WALLET_ORIGIN": told}).origin == meant


@pytest.mark.parametrize(
    "origin",
    [
        "badges.exemple.fr",
        "http://badges.exemple.fr",
        "http://127.0.0.1:8000",
        "https://192.168.1.7",  # a number is no relying-party id
        "https://[::1]",
        "https://[::1",
        "https://badges.exemple.fr/wallet",
        "https://badges.exemple.fr?a",
        "https://badges.exemple.fr#",
        "https://maria@badges.exemple.fr",
        "https://badges.exemple.fr:443",  # browsers leave it out: no Host header would ever fit
        "http://localhost:80",
        "https://badges.exemple.fr:port",
        "https://badges.exemple.fr:0",
        "https://badges.exemple.fr:0443",  # nor is it written so
        "http://localhost:08791",
        "https://badges.exemple.fr:65536",
        "https://bâdges.fr",
        "https://badges.exemple.fr\n.fr",
        "https://a b.fr",
        "ftp://badges.exemple.fr",
        "https://",
    ],
)
def test_a_name_under_which_nobody_could_sign_in_is_told(origin: str):
    assert [fault.split()[0] for fault in faults_of(WALLET_ORIGIN=origin)] == ["WALLET_ORIGIN"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("FETCH_ALLOW", "issuer.example:0"),
        ("FETCH_ALLOW", "issuer.example:80801"),
        ("FETCH_ALLOW", "http://issuer.example:8080"),  # no host is called so: it would be allowed to nobody
        ("ISSUER_RATES", "https://issuer.example=2"),
        ("OPERATIONS", "http://127.0.0.1:9100"),
        ("DATABASE_URL", "sqlite:///?cache=shared"),
        ("DATABASE_URL", "sqlite:///var/wallet.sqlite3?mode=ro"),
        ("DATABASE_URL", "postgresql://wallet:s3@cret@db.example/wallet"),
        ("DATABASE_URL", "postgresql+psycopg2://db/wallet"),
        ("DATABASE_URL", "var/wallet.sqlite3"),
        ("FILES_URL", "file://var/files"),
        ("FILES_URL", "file:///"),
        ("FILES_URL", "s3://"),
        ("FILES_URL", "gs://bucket"),
        ("KEYS", "file:///srv/keys.json"),
        ("KEYS", "~/keys.json"),  # from a file of systemd's no shell expands it: it was made, as a folder
        ("KEYS", "$HOME/keys.json"),
        ("ERASURES", "~/erasures"),
        ("ERASURES", "shelv"),
        ("DATABASE_URL", "sqlite:///~/wallet.sqlite3"),
        ("FILES_URL", "file:///~/files"),
        ("FILES_URL", "file://./$HOME/files"),
        ("KEYS", "credentials:keys.json"),
        ("KEYS", "ENV:KEYS_JSON"),
        ("ERASURES", "file:///srv/erasures"),
        ("ERASURES", "s3://bucket/erasures"),
    ],
)
def test_an_address_of_another_kind_is_told(name: str, value: str):
    assert [fault.split()[0] for fault in faults_of(**{f"WALLET_{name}": value})] == [f"WALLET_{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "sqlite:////srv/wallet.sqlite3"),
        ("database_url", "postgresql://wallet:secret@db.example:5432/wallet"),
        ("database_url", "postgres://wallet:secret@db.example:5432/wallet"),
        ("files_url", "file:///srv/files"),
        ("files_url", "file://./var/files"),
        ("files_url", "s3://bucket/prefix?region=eu-west-3"),
    ],
)
def test_an_address_is_taken_as_it_is(name: str, value: str):
    assert getattr(read_settings({f"WALLET_{name.upper()}": value}), name) == value


def test_a_password_with_an_at_sign_is_not_shown_as_the_name_of_a_host():
    (fault,) = faults_of(WALLET_DATABASE_URL="postgresql://wallet:s3@cret@db.example/wallet")

    assert "@ as %40" in fault
    assert "cret" not in fault


def test_the_operator_is_named_for_the_legal_notice():
    settings = read_settings(
        {"WALLET_OPERATOR_NAME": "Association d’essai", "WALLET_OPERATOR_EMAIL": "contact@exemple.fr"}
    )

    assert settings.operator.name == "Association d’essai"
    assert settings.operator.email == "contact@exemple.fr"
    assert settings.operator.phone == ""


def test_hosts_and_proxies_are_read_as_words():
    settings = read_settings(
        {
            "WALLET_FETCH_ALLOW": "localhost:8001, issuer.example:443",
            "WALLET_PROXIES": "10.0.0.1, 2001:DB8::1 10.0.0.0/8,FD00::/8",
            "WALLET_FETCH_HTTP": "YES",
        }
    )

    assert settings.fetch_allow == (("localhost", 8001), ("issuer.example", 443))
    assert settings.proxies == ("10.0.0.1", "2001:db8::1", "10.0.0.0/8", "fd00::/8")
    assert settings.fetch_http


@pytest.mark.parametrize("content", ["[{", "{}", '["https://issuer.example"]', '[{"id": "https://issuer.example"}]'])
def test_a_list_of_issuers_that_is_none_is_told_at_the_start(content: str, tmp_path: Path):
    path = tmp_path / "issuers.json"
    path.write_text(content)

    (fault,) = faults_of(WALLET_ISSUERS=str(path))
    assert fault.startswith(f"WALLET_ISSUERS names a file, {path}, that ")


def test_a_list_of_issuers_is_found(tmp_path: Path):
    path = tmp_path / "issuers.json"
    path.write_text('[{"id": "https://issuer.example", "name": "Organisme d’essai"}]')

    assert read_settings({"WALLET_ISSUERS": str(path)}).issuers == path


@pytest.mark.parametrize(
    ("told", "host", "port", "security", "user", "password"),
    [
        ("smtps://badges:s3cret@mail.exemple.fr:465", "mail.exemple.fr", 465, "tls", "badges", "s3cret"),
        ("smtps://badges:s3cret@mail.exemple.fr", "mail.exemple.fr", 465, "tls", "badges", "s3cret"),
        ("smtp://badges:s3cret@mail.exemple.fr:587", "mail.exemple.fr", 587, "starttls", "badges", "s3cret"),
        ("smtp://badges%40exemple.fr:a%3Ab%2F@mail.exemple.fr", "mail.exemple.fr", 587, "starttls", *("badges@exemple.fr", "a:b/")),
        ("smtp://localhost:25", "localhost", 25, "none", "", ""),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, "none", "", ""),
        ("smtp://[::1]:25", "::1", 25, "none", "", ""),
        ("smtp://badges:s3cret@localhost:587", "localhost", 587, "starttls", "badges", "s3cret"),
    ],
)  # fmt: skip
def test_a_mail_server_is_taken(told: str, host: str, port: int, security: str, user: str, password: str):
    mail = read_settings({"WALLET_SMTP": told, "WALLET_MAIL_FROM": "badges@exemple.fr"}).mail

    assert mail
    assert (mail.host, mail.port, mail.security, mail.user, mail.password) == (host, port, security, user, password)
    assert str(mail.sender) == "badges@exemple.fr"


@pytest.mark.parametrize(
    "told",
    [
        "smtp://mail.exemple.fr:25",  # in clear, elsewhere
        "smtps://mail.exemple.fr",
        "smtp://badges@mail.exemple.fr",
        "smtps://badges:s3cret@",
        "smtps://badges:s3cret@mail.exemple.fr:x",
        "smtps://badges:s3cret@mail.exemple.fr:465/path",
        "smtps://badges:s3cret@mail.exemple.fr?tls=no",
        "https://badges:s3cret@mail.exemple.fr",
        "mail.exemple.fr",
        "smtps://badges:s3cret@[::1",
        "smtps://badges:s3cret@mail.exemple.fr:0",
    ],
)
def test_another_mail_server_is_told_without_its_password(told: str):
    (fault,) = faults_of(WALLET_SMTP=told, WALLET_MAIL_FROM="badges@exemple.fr")

    assert fault.startswith("WALLET_SMTP ")
    assert "s3cret" not in fault


@pytest.mark.parametrize(
    "sender",
    [
        *("badges", "badges@", "@exemple.fr", "a@b.fr\nBcc: c@d.fr", "bâdges@exemple.fr", "<>"),
        *("Mes badges <a@b.fr", "Mes badges a@b.fr>", "<a@b.fr> Mes badges"),
    ],
)
def test_a_sender_that_is_no_address_is_told(sender: str):
    (fault,) = faults_of(WALLET_SMTP="smtp://localhost:25", WALLET_MAIL_FROM=sender)

    assert fault.startswith("WALLET_MAIL_FROM ")


def test_a_sender_may_have_a_name():
    told = {"WALLET_SMTP": "smtp://localhost:25", "WALLET_MAIL_FROM": "Mes badges Été <badges@exemple.fr>"}
    mail = read_settings(told).mail

    assert mail
    assert (mail.sender.display_name, mail.sender.addr_spec) == ("Mes badges Été", "badges@exemple.fr")


def test_a_server_needs_a_sender_and_a_sender_a_server():
    assert [fault.split()[0] for fault in faults_of(WALLET_SMTP="smtp://localhost:25")] == ["WALLET_MAIL_FROM"]
    assert [fault.split()[0] for fault in faults_of(WALLET_MAIL_FROM="a@exemple.fr")] == ["WALLET_SMTP"]


def test_the_password_of_the_mail_server_is_shown_nowhere():
    told = {"WALLET_SMTP": "smtps://badges:s3cret@mail.exemple.fr", "WALLET_MAIL_FROM": "badges@exemple.fr"}

    assert "s3cret" not in repr(read_settings(told))


def test_connections_to_the_database_are_counted():
    assert read_settings({"WALLET_DATABASE_POOL": "15"}).database_pool == 15
    assert Settings().database_pool is None


@pytest.mark.parametrize("told", ["4", "501", "many", "-9", "²"])
def test_a_number_of_connections_that_is_none_is_told(told: str):
    with pytest.raises(SettingsError, match="WALLET_DATABASE_POOL must be a number from 5 to 500"):
        read_settings({"WALLET_DATABASE_POOL": told})


@pytest.mark.parametrize(
    ("database", "told", "meant"),
    [
        ("sqlite:///var/wallet.sqlite3", "", "memory"),
        ("postgresql://db/wallet", "", "database"),
        ("postgres://db/wallet", "memory", "memory"),
        ("postgresql://db/wallet", "valkey://limits.example:6379", "valkey://limits.example:6379"),
        (
            "sqlite:///var/wallet.sqlite3",
            "valkeys://user:secret@limits.example",
            "valkeys://user:secret@limits.example",
        ),
        ("postgres://db/wallet", "valkey://:s%40cret@[::1]:6379/2", "valkey://:s%40cret@[::1]:6379/2"),
    ],
)
def test_limits_are_counted_where_the_database_lets_all_nodes_count(
    database: str, told: str, meant: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.settings.find_spec", lambda _name: True)
    assert read_settings({"WALLET_DATABASE_URL": database, "WALLET_LIMITS": told}).counts_in == meant


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("database", "with PostgreSQL alone"),
        ("redis://limits.example", "must be memory, database, or an address"),
        ("valkey://", "must be memory, database, or an address"),
        ("valkey://limits.example:port", "must be memory, database, or an address"),
        ("valkey://limits.example:99999", "must be memory, database, or an address"),
        ("valkey://[::1", "must be memory, database, or an address"),
        ("valkey://limits.example/zero", "must be memory, database, or an address"),
        ("valkey://limits.example?socket_timeout=soon", "nothing behind that"),
        ("valkeys://user:s3#cret@limits.example:6379", "is %-encoded"),
        ("valkey://limits.example", "its client is not installed: pip install valkey"),
    ],
)
def test_limits_that_cannot_be_counted_are_told(told: str, why: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.settings.find_spec", lambda _name: None)
    (fault,) = faults_of(WALLET_LIMITS=told)

    assert fault.startswith("WALLET_LIMITS ")
    assert why in fault
    assert "cret" not in fault


def test_the_password_of_a_valkey_is_shown_nowhere():
    assert "secret" not in repr(read_settings({"WALLET_LIMITS": "valkey://user:secret@limits.example"}))


def test_chores_are_done_by_those_that_serve_unless_told_otherwise():
    assert [read_settings({"WALLET_CHORES": told}).chores for told in ("", "here", "no")] == [True, True, False]
    assert faults_of(WALLET_CHORES="yes") == ["WALLET_CHORES must be one of here, no."]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("0.0.0.0:9100", ("0.0.0.0", 9100)),  # noqa: S104
        ("[::1]:9100", ("::1", 9100)),
        ("[::]:9100", ("::", 9100)),
        ("node-1.intern:9100", ("node-1.intern", 9100)),
    ],
)
def test_a_place_for_an_operators_tools_is_taken(told: str, meant: tuple[str, int]):
    assert read_settings({"WALLET_OPERATIONS": told}).operations == meant


@pytest.mark.parametrize(
    "told",
    [
        *("9100", ":9100", "localhost", "localhost:0", "localhost:65536", "localhost:x"),
        *("*:9100", "::1:9100", "[::1:9100", "::1]:9100", "[localhost]:9100", "a b:9100", "127.0.0.256:9100"),
    ],
)
def test_a_place_where_nobody_could_listen_is_told(told: str):
    assert [fault.split()[0] for fault in faults_of(WALLET_OPERATIONS=told)] == ["WALLET_OPERATIONS"]


def test_an_operator_tells_how_often_the_host_of_an_issuer_may_be_asked():
    told = read_settings({"WALLET_ISSUER_RATES": "Badges.example=500, other.example=0.5"}).issuer_rates

    assert told == (("badges.example", 500.0), ("other.example", 0.5))


@pytest.mark.parametrize("told", ["badges.example", "badges.example=", "=5", "badges.example=0", "badges.example=5000"])
def test_a_rate_that_is_none_is_refused_in_words(told: str):
    with pytest.raises(SettingsError, match="WALLET_ISSUER_RATES must be host=number words"):
        read_settings({"WALLET_ISSUER_RATES": told})


def test_a_host_with_two_rates_is_told():
    (fault,) = faults_of(WALLET_ISSUER_RATES="badges.example=2 other.example=3 Badges.example=500")

    assert fault == "WALLET_ISSUER_RATES names badges.example more than once."
