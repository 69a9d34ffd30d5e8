"""Which addresses are public, and where an address leads: every trick that we know (docs/security.md E3), and ordinary ones."""

import pytest

from tests.fixtures.quantity import rows
from wallet.network.ip_policy import NotAnAddress, WebAddress, is_public, read_address

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a01:cb00::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 — nobody binds here
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:808:808::1",
    "2a01:cb00::5efe:7f00:1",
    "2a01:cb00::200:5efe:7f00:1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "8.8.8",
    "08.8.8.8",
]


@rows("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@rows("address", NOT_PUBLIC)
def test_an_address_of_anything_else_is_not(address: str) -> None:
    assert not is_public(address)


@rows(
    ("address", "host", "port", "target"),
    [
        ("https://badges.example.fr/a/1?v=2#top", "badges.example.fr", 443, "/a/1?v=2"),
        ("HTTPS://Badges.Example.FR.", "badges.example.fr", 443, "/"),
        ("http://badges.example.fr:8080/a b/é", "badges.example.fr", 8080, "/a%20b/%C3%A9"),
        ("https://école.fr/100%25", "xn--cole-9oa.fr", 443, "/100%25"),
        ("https://straße.de/", "xn--strae-oqa.de", 443, "/"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", "2606:4700:4700::1111", 443, "/"),
        ("https://a_b.example.fr/", "a_b.example.fr", 443, "/"),
        ("https://xn--cole-9oa.fr/", "xn--cole-9oa.fr", 443, "/"),
        ("https://a.fr#@127.0.0.1/", "a.fr", 443, "/"),
        ("https://a.fr?@127.0.0.1/", "a.fr", 443, "/?@127.0.0.1/"),
        ("https://localhost/", "localhost", 443, "/"),
        ("https://a.fr:0/", "a.fr", 0, "/"),
        ("https://①②⑦.⓪.⓪.①/", "127.0.0.1", 443, "/"),
    ],
)
def test_an_address_is_taken_apart(address: str, host: str, port: int, target: str) -> None:
    place = read_address(address)

    assert (place.host, place.port, place.target) == (host, port, target)


@rows(
    "address",
    [
        "",
        "badges.example.fr/a",
        "//badges.example.fr/a",
        "file:///etc/passwd",
        "gopher://a.fr/",
        "ftp://a.fr/",
        "data:application/json,{}",
        "did:web:a.fr",
        "javascript:alert(1)",
        "jar:https://a.fr!/",
        "https://",
        "https:///a",
        "https://?a",
        "https://:443/",
        "https://maria@a.fr/",
        "https://maria:sesame@a.fr/",
        "https://a.fr@127.0.0.1/",
        "https://a.fr%40127.0.0.1/",
        "https://a.fr\\@127.0.0.1/",
        "https:\\\\a.fr/",
        "https://a.fr/\r\nHost: b",
        "https://a.fr/\t",
        "https://a\n.fr/",
        "\x00https://a.fr/",
        "https://a.fr/\x7f",
        "https://a.fr/\x85",
        "https://a.fr/\ud800",
        "https://a.fr:65536/",
        "https://a.fr:-1/",
        "https://a.fr:https/",
        "https://a b.fr/",
        "https://a..fr/",
        "https://.a.fr/",
        "https://-a.fr/",
        "https://a-.fr/",
        "https://" + "a" * 64 + ".fr/",
        "https://" + ("a" * 62 + ".") * 4 + "fr/",
        "https://" + "a." * 130 + "fr/",
        "https://%61.fr/",
        "https://a.fr%2f/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://127.0.0.1.2/",
        "https://256.0.0.1/",
        "https://a.1/",
        "https://a.0x1/",
        "https://[::1/",
        "https://[127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.a]/",
        "https://[::1]a/",
        "https://a.fr/" + "a" * 9_000,
        "https://a。fr@b.fr/",
        "https://\u202ea.fr/",
    ],
)
def test_what_two_readers_would_read_in_two_ways_is_refused(address: str) -> None:
    with pytest.raises(NotAnAddress):
        read_address(address)


@rows(
    ("scheme", "host", "port", "authority", "is_number"),
    [
        ("https", "a.fr", 443, "a.fr", False),
        ("http", "a.fr", 80, "a.fr", False),
        ("https", "a.fr", 80, "a.fr:80", False),
        ("https", "2606:4700::1", 443, "[2606:4700::1]", True),
        ("https", "2606:4700::1", 444, "[2606:4700::1]:444", True),
        ("https", "8.8.8.8", 443, "8.8.8.8", True),
    ],
)
def test_the_host_header_of_a_place(scheme: str, host: str, port: int, authority: str, is_number: bool) -> None:
    place = WebAddress(scheme=scheme, host=host, port=port, target="/")

    assert (place.authority, place.is_number) == (authority, is_number)
