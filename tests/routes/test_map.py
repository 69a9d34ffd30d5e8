"""The map: every address with its door, told once more here, and the laws that hold for all of them at once."""

import re
from functools import reduce

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.fixtures.asked import is_given_a_word
from tests.fixtures.made_once import made_once
from tests.fixtures.photos import photo
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.visits import NOW, Person, Stranger
from wallet import registers, trust
from wallet.endorsements.status_lists import reserve_place
from wallet.operations.all_tables import metadata
from wallet.routes import ROUTES
from wallet.shares.calls import CallForm, create_call
from wallet.web.security_headers import MACHINES

# fmt: off
DOORS = {
    "welcome":             ("GET  /",                                "nobody"),
    "help":                ("GET  /help",                            "nobody"),
    "privacy":             ("GET  /privacy",                         "nobody"),
    "advisers":            ("GET  /advisers",                        "nobody"),
    "legal":               ("GET  /legal",                           "nobody"),
    "accessibility":       ("GET  /accessibilite",                   "nobody"),
    "site_map":            ("GET  /site-map",                        "nobody"),
    "employers":           ("GET  /employeurs",                      "stranger"),
    "call.new":            ("GET  /employeurs/demande",              "stranger"),
    "call.create":         ("POST /employeurs/demande",              "stranger"),
    "call.own":            ("GET  /e/{secret}",                      "stranger"),
    "call.closing":        ("POST /e/{secret}/closing",              "stranger"),
    "call":                ("GET  /o/{code}",                        "nobody"),
    "call.qr":             ("GET  /o/{code}/qr.svg",                 "stranger"),
    "call.qr.png":         ("GET  /o/{code}/qr.png",                 "stranger"),
    "call.look":           ("GET  /o/{code}/badges",                 "key"),
    "call.answer":         ("POST /o/{code}/answers",                "key"),
    "call.report":         ("GET  /o/{code}/reports",                "stranger"),
    "call.report.make":    ("POST /o/{code}/reports",                "stranger"),
    "static":              ("GET  /static/{path:path}",              "stranger"),
    "offline":             ("GET  /offline",                         "stranger"),
    "worker":              ("GET  /worker.js",                       "stranger"),
    "code":                ("GET  /code",                            "key"),
    "robots":              ("GET  /robots.txt",                      "stranger"),
    "did":                 ("GET  /.well-known/did.json",            "stranger"),
    "badgeconnect":        ("GET  /.well-known/badgeconnect.json",   "stranger"),
    "oauth.registration":  ("POST /oauth/registration",              "stranger"),
    "oauth.authorization": ("GET  /oauth/authorization",             "nobody"),
    "oauth.connect":       ("POST /oauth/authorization",             "fresh"),
    "oauth.token":         ("POST /oauth/token",                     "stranger"),
    "oauth.revocation":    ("POST /oauth/revocation",                "stranger"),
    "badge_connect.assertions": ("GET  /ims/ob/v2p1/assertions", "stranger"),
    "badge_connect.assertions.create": ("POST /ims/ob/v2p1/assertions", "stranger"),
    "badge_connect.profile": ("GET  /ims/ob/v2p1/profile", "stranger"),
    "badge_connect.profile.change": ("POST /ims/ob/v2p1/profile", "stranger"),
    "open_badges_api.discovery": ("GET  /ims/ob/v3p0/discovery", "stranger"),
    "open_badges_api.credentials": ("GET  /ims/ob/v3p0/credentials", "stranger"),
    "open_badges_api.upsert": ("POST /ims/ob/v3p0/credentials", "stranger"),
    "open_badges_api.profile": ("GET  /ims/ob/v3p0/profile", "stranger"),
    "open_badges_api.profile.change": ("PUT  /ims/ob/v3p0/profile", "stranger"),
    "platforms":           ("GET  /platforms",                       "key"),
    "platform.stopping":   ("POST /platforms/{id:row}/stopping",     "key"),
    "badges.waiting":      ("GET  /badges/waiting",                  "key"),
    "badges.waiting.refusal": ("POST /badges/waiting/refusal",       "key"),
    "issuers":             ("GET  /issuers.json",                    "stranger"),
    "issuer":              ("GET  /issuers/{issuer:path}",           "stranger"),
    "issuers.withdrawn":   ("GET  /status/issuers/{list:row}",       "stranger"),
    "status_list":         ("GET  /status/{list:row}",               "stranger"),
    "manifest":            ("GET  /manifest.webmanifest",            "stranger"),
    "install":             ("GET  /install",                         "nobody"),
    "install.later":       ("POST /install/later",                   "nobody"),
    "handovers.create":    ("POST /handovers",                       "nobody"),
    "handover":            ("GET  /handovers/{id:row}",              "nobody"),
    "handover.taking":     ("POST /handovers/{id:row}/badges",       "nobody"),
    "handover.removal":    ("POST /handovers/{id:row}/removal",      "nobody"),
    "offered":             ("GET  /offre",                           "nobody"),
    "offer":               ("GET  /offers/{id:row}",                 "nobody"),
    "offer.code":          ("GET  /offers/{id:row}/code",            "nobody"),
    "offer.promise":       ("GET  /offers/{id:row}/promise",         "nobody"),
    "offer.taking":        ("POST /offers/{id:row}/badges",          "nobody"),
    "language":            ("POST /language",                        "nobody"),
    "text_size":           ("POST /text-size",                       "nobody"),
    "shared":              ("GET  /s/{token}",                       "stranger"),
    "shared.enter":        ("POST /s/{token}",                       "stranger"),
    "shared.file":         ("GET  /s/{token}/files/{place:row}",     "stranger"),
    "shared.attachment":   ("GET  /s/{token}/told/{exhibit:row}/{number:row}", "stranger"),
    "shared.attachment.picture": ("GET  /s/{token}/told/{exhibit:row}/{number:row}/picture", "stranger"),
    "shared.word":         ("GET  /s/{token}/words/{word:row}",      "stranger"),
    "shared.word.voice":   ("GET  /s/{token}/words/{word:row}/voice", "stranger"),
    "shared.badge":        ("GET  /s/{token}/badges/{place:row}",    "stranger"),
    "shared.alone":        ("GET  /s/{token}/badges/{place:row}/alone", "stranger"),
    "shared.moment":       ("GET  /s/{token}/told/{exhibit:row}",    "stranger"),
    "shared.sheet":        ("GET  /s/{token}/sheet.pdf",             "stranger"),
    "shared.presentation": ("GET  /s/{token}/presentation",          "stranger"),
    "shared.check":        ("POST /s/{token}/verifications",         "stranger"),
    "shared.checked":      ("GET  /s/{token}/verifications",         "stranger"),
    "shared.report":       ("GET  /s/{token}/reports",               "stranger"),
    "shared.report.make":  ("POST /s/{token}/reports",               "stranger"),
    "openings.create":     ("POST /openings",                        "nobody"),
    "afest":               ("GET  /evidence/afest",                  "key"),
    "afest.file":          ("POST /evidence/afest/file",             "key"),
    "share.end":           ("POST /shares/{id:row}/end",             "key"),
    "share.code":          ("POST /shares/{id:row}/code",            "key"),
    "share.removal":       ("POST /shares/{id:row}/removal",         "key"),
    "share.messages": ("POST /shares/{id:row}/messages", "key"),
    "messages": ("GET  /messages", "key"),
    "messages.letters": ("POST /messages/letters", "key"),
    "messages.removal": ("POST /messages/removal", "key"),
    "messages.return": ("POST /messages/return", "key"),
    "message": ("GET  /messages/{id:row}", "key"),
    "message.removal": ("POST /messages/{id:row}/removal", "key"),
    "message.return": ("POST /messages/{id:row}/return", "key"),
    "message.report": ("POST /messages/{id:row}/report", "key"),
    "message.closing": ("POST /messages/{id:row}/closing", "key"),
    "letters.stop": ("GET  /letters/{token}", "stranger"),
    "letters.stopping": ("POST /letters/{token}", "stranger"),
    "shared.reply": ("GET  /s/{token}/reply", "stranger"),
    "shared.reply.send": ("POST /s/{token}/reply", "stranger"),
    "shared.qr":           ("GET  /s/{token}/qr.svg",                "stranger"),
    "shared.picture":      ("GET  /s/{token}/pictures/{place:row}",  "stranger"),
    "entry":               ("GET  /entry",                           "nobody"),
    "entry.qr":            ("GET  /entry/qr.svg",                    "key"),
    "entry.paper":         ("GET  /entry/paper",                     "nobody"),
    "entry.paper.use":     ("POST /entry/paper",                     "nobody"),
    "entry.lost":          ("GET  /entry/lost",                      "nobody"),
    "paper":               ("GET  /paper",                           "visitor"),
    "paper.create":        ("POST /paper",                           "visitor"),
    "paper.picture":       ("POST /paper/picture",                   "visitor"),
    "returns":             ("GET  /returns",                         "key"),
    "return.stopping":     ("POST /returns/{id:row}/stopping",       "key"),
    "entry.mail":          ("GET  /entry/mail",                      "nobody"),
    "entry.mail.ask":      ("POST /entry/mail",                      "nobody"),
    "entry.mail.code":     ("GET  /entry/mail/code",                 "nobody"),
    "entry.mail.code.use": ("POST /entry/mail/code",                 "nobody"),
    "passkeys.challenge":  ("POST /passkeys/challenges",             "nobody"),
    "passkeys.create":     ("POST /passkeys",                        "visitor"),
    "devices.create":      ("POST /devices",                         "nobody"),
    "passkeys.confirmation": ("POST /passkeys/confirmations",        "key"),
    "confirmation":        ("GET  /confirmation",                    "key"),
    "confirmation.paper":  ("POST /confirmation/paper",              "key"),
    "leaving":             ("POST /leaving",                         "visitor"),
    "closed":              ("GET  /closed",                          "nobody"),
    "settings":            ("GET  /settings",                        "key"),
    "holder.edit":         ("POST /settings",                        "key"),
    "archive":             ("GET  /archive",                         "fresh"),
    "archive.file":        ("GET  /archive/file",                    "fresh"),
    "archive.schema":      ("GET  /schemas/wallet-1.json",           "stranger"),
    "erasure":             ("GET  /erasure",                         "key"),
    "erasure.create":      ("POST /erasure",                         "fresh"),
    "erasure.stopping":    ("POST /erasure/stopping",                "key"),
    "erased":              ("GET  /erased",                          "nobody"),
    "keys":                ("GET  /keys",                            "key"),
    "key.new":             ("GET  /keys/new",                        "key"),
    "key.name":            ("POST /keys/{id:row}/name",              "key"),
    "key.removal":         ("POST /keys/{id:row}/removal",           "key"),
    "devices":             ("GET  /devices",                         "key"),
    "devices.removal":     ("POST /devices/removal",                 "key"),
    "device.removal":      ("POST /devices/{id:row}/removal",        "key"),
    "addresses":           ("GET  /addresses",                       "key"),
    "addresses.create":    ("POST /addresses",                       "fresh"),
    "addresses.new":       ("GET  /addresses/new",                   "fresh"),
    "address":             ("GET  /addresses/{id:row}",              "key"),
    "address.verification": ("POST /addresses/{id:row}/verification", "key"),
    "address.letter":      ("POST /addresses/{id:row}/letter",       "key"),
    "address.removal":     ("POST /addresses/{id:row}/removal",      "fresh"),
    "badges":              ("GET  /badges",                          "visitor"),
    "badges.create":       ("POST /badges",                          "nobody"),
    "badges.new":          ("GET  /badges/new",                      "nobody"),
    "badges.scan":         ("GET  /badges/scan",                     "nobody"),
    "badges.search":       ("GET  /badges/search",                   "visitor"),
    "badge":               ("GET  /badges/{id:row}",                 "visitor"),
    "badge.picture":       ("GET  /badges/{id:row}/picture",         "visitor"),
    "badge.document":      ("GET  /badges/{id:row}/document",        "visitor"),
    "badge.elsewhere":     ("GET  /badges/{id:row}/elsewhere",       "key"),
    "badge.verifications": ("POST /badges/{id:row}/verifications",   "visitor"),
    "badge.contexts":      ("POST /badges/{id:row}/contexts",        "visitor"),
    "badge.newer":         ("POST /badges/{id:row}/newer",           "visitor"),
    "badge.words":         ("POST /badges/{id:row}/words",           "visitor"),
    "badge.word.acceptance": ("POST /badges/{id:row}/words/{number:row}/acceptance", "visitor"),
    "badge.word.removal":  ("POST /badges/{id:row}/words/{number:row}/removal", "visitor"),
    "badge.word.return":   ("POST /badges/{id:row}/words/{number:row}/return", "visitor"),
    "badge.removal":       ("POST /badges/{id:row}/removal",         "visitor"),
    "badge.return":        ("POST /badges/{id:row}/return",          "visitor"),
    "path":                ("GET  /path",                            "key"),
    "path.choice":         ("GET  /path/choice",                     "key"),
    "path.counting":       ("POST /path/counting",                   "key"),
    "path.counting.removal": ("POST /path/counting/removal",         "key"),
    "badge.counting":      ("POST /badges/{id:row}/counting",        "key"),
    "badge.addition":      ("POST /badges/{id:row}/addition",        "key"),
    "badge.refusal":       ("POST /badges/{id:row}/refusal",         "key"),
    "badges.refusal":      ("POST /badges/refusal",                  "key"),
    "badge.counting.removal": ("POST /badges/{id:row}/counting/removal", "key"),
    "archive.return":      ("GET  /archive/return",                  "nobody"),
    "archive.return.create": ("POST /archive/return",                "nobody"),
    "evidence":            ("GET  /evidence",                        "visitor"),
    "evidence.create":     ("POST /evidence",                        "nobody"),
    "evidence.new":        ("GET  /evidence/new",                    "visitor"),
    "draft":               ("GET  /evidence/draft",                  "visitor"),
    "drafts.create":       ("POST /drafts",                          "nobody"),
    "drafts.key":          ("GET  /drafts/key",                      "visitor"),
    "evidence.one":        ("GET  /evidence/{id:row}",               "visitor"),
    "evidence.earlier":    ("GET  /evidence/{id:row}/answers",       "visitor"),
    "evidence.restore":    ("POST /evidence/{id:row}/answers",       "visitor"),
    "evidence.answer":     ("GET  /evidence/{id:row}/answers/{question}", "visitor"),
    "evidence.answer.keep": ("POST /evidence/{id:row}/answers/{question}", "nobody"),
    "attachments.create":  ("POST /evidence/{id:row}/attachments",   "visitor"),
    "attachment":          ("GET  /evidence/{id:row}/attachments/{number:row}", "visitor"),
    "attachment.picture":  ("GET  /evidence/{id:row}/attachments/{number:row}/picture", "visitor"),
    "attachment.removal":  ("POST /evidence/{id:row}/attachments/{number:row}/removal", "visitor"),
    "attachment.return":   ("POST /evidence/{id:row}/attachments/{number:row}/return", "visitor"),
    "evidence.saving":     ("POST /evidence/{id:row}/saving",        "visitor"),
    "evidence.badges":     ("GET  /evidence/{id:row}/badges",        "visitor"),
    "evidence.badges.choose": ("POST /evidence/{id:row}/badges",     "visitor"),
    "evidence.removal":    ("POST /evidence/{id:row}/removal",       "visitor"),
    "evidence.return":     ("POST /evidence/{id:row}/return",        "visitor"),
    "shares":              ("GET  /shares",                          "key"),
    "shared.photo":         ("GET  /s/{token}/photo", "stranger"),
    "return.acknowledgement": ("POST /returns/{id:row}/acknowledgement", "key"),
    "evidence.voice":       ("GET  /evidence/{id:row}/answers/{question}/voice", "visitor"),
    "page":                 ("GET  /page", "key"),
    "page.create":          ("POST /page", "key"),
    "page.turn":            ("POST /page/switches", "key"),
    "page.visibility":      ("POST /page/visibility", "key"),
    "page.address":         ("GET  /page/address", "key"),
    "page.address.change":  ("POST /page/address", "key"),
    "shares.seen":          ("POST /shares/openings", "key"),
    "photo":                ("GET  /photo", "key"),
    "photo.create":         ("POST /photo", "key"),
    "photo.edit":           ("GET  /photo/edit", "key"),
    "photo.removal":        ("POST /photo/removal", "key"),
    "sought":               ("GET  /sought", "key"),
    "sought.keep":          ("POST /sought", "key"),
    "share.editing":        ("GET  /shares/{id:row}/editing", "key"),
    "share.change":         ("POST /shares/{id:row}/editing", "key"),
    "asked": ("GET  /mot/{token}", "stranger"),
    "asked.answer": ("POST /mot/{token}", "stranger"),
    "asked.attachment": ("GET  /mot/{token}/told/{number:row}", "stranger"),
    "asked.picture": ("GET  /mot/{token}/told/{number:row}/picture", "stranger"),
    "given": ("GET  /mon-mot/{secret}", "stranger"),
    "given.code": ("POST /mon-mot/{secret}/code", "stranger"),
    "given.withdrawal": ("POST /mon-mot/{secret}/withdrawal", "stranger"),
    "petitioned": ("GET  /demande/{token}", "stranger"),
    "petitioned.answer": ("POST /demande/{token}", "stranger"),
    "petition.new": ("GET  /petitions/new", "key"),
    "petitions.create": ("POST /petitions", "key"),
    "petition": ("GET  /petitions/{id:row}", "key"),
    "petition.reminder": ("POST /petitions/{id:row}/reminder", "key"),
    "petition.offer": ("POST /petitions/{id:row}/offer", "key"),
    "petition.end": ("POST /petitions/{id:row}/end", "key"),
    "evidence.request": ("GET  /evidence/{id:row}/requests/new", "key"),
    "evidence.requests": ("POST /evidence/{id:row}/requests", "key"),
    "requests.seen": ("POST /requests/seen", "key"),
    "request": ("GET  /requests/{id:row}", "key"),
    "request.qr": ("GET  /requests/{id:row}/qr.svg", "key"),
    "request.stopping": ("POST /requests/{id:row}/stopping", "key"),
    "endorsement": ("GET  /endorsements/{id:row}", "key"),
    "endorsement.acceptance": ("POST /endorsements/{id:row}/acceptance", "key"),
    "endorsement.removal": ("POST /endorsements/{id:row}/removal", "key"),
    "endorsement.return": ("POST /endorsements/{id:row}/return", "key"),
    "endorsement.withdrawal": ("POST /endorsements/{id:row}/withdrawal", "key"),
    "endorsement.report": ("POST /endorsements/{id:row}/report", "key"),
    "endorsement.file": ("GET  /endorsements/{id:row}/file", "key"),
    "endorsement.voice": ("GET  /endorsements/{id:row}/voice", "key"),
    "shares.create":       ("POST /shares",                          "key"),
    "shares.new":          ("GET  /shares/new",                      "key"),
    "shares.preview":      ("POST /shares/preview",                  "key"),
    "share":               ("GET  /shares/{id:row}",                 "key"),
    "share.details":       ("GET  /shares/{id:row}/details",         "key"),
    "share.page":          ("GET  /shares/{id:row}/page",            "key"),
    "share.qr":            ("GET  /shares/{id:row}/qr.svg",          "key"),
    "share.qr.png":        ("GET  /shares/{id:row}/qr.png",          "key"),
    "page.block":          ("GET  /page/block",                      "key"),
    "page.block.png":      ("GET  /page/block.png",                  "key"),
    "page.block.pdf":      ("GET  /page/block.pdf",                  "key"),
    "page.badges.show":    ("POST /page/badges",                     "key"),
    "share.send":          ("GET  /shares/{id:row}/send",            "key"),
    "share.block":         ("GET  /shares/{id:row}/block",           "key"),
    "share.block.png":     ("GET  /shares/{id:row}/block.png",       "key"),
    "share.block.pdf":     ("GET  /shares/{id:row}/block.pdf",       "key"),
    "share.sheet":         ("GET  /shares/{id:row}/sheet",           "key"),
    "share.stopping":      ("POST /shares/{id:row}/stopping",        "key"),
    "share.return":        ("POST /shares/{id:row}/return",          "key"),
}
# fmt: on
NOTED = {"archive.file"}
"""GET, and yet it is written down that it happened (routes/test_archive.py)."""
HANDED = {
    "handovers.create",
    "handover",
    "handover.taking",
    "handover.removal",
    "offer",
    "offer.code",
    "offer.promise",
    "offer.taking",
}
"""What a phone hands over, or looked up, belongs to a browser, whoever is signed in there: these have laws of their own
(routes/test_share_target.py, routes/test_offers.py)."""
ASKED = {"oauth.authorization", *(name for name in DOORS if name.startswith(("badge_connect.", "open_badges_api.")))}
"""They show what an address asks for, or what a token allows, and these ask nothing (routes/test_oauth.py, test_badge_connect.py)."""
SELLER = CallForm(title="Vente", employer="Durand", places=("normandie/communiquer/masters",))
BY_NAME = {route.name: route for route in ROUTES}


def is_post(route: Route) -> bool:
    return "GET" not in (route.methods or ())


def method_of(route: Route) -> str:
    return next(iter((route.methods or {"GET"}) - {"HEAD"}))


ABSENT = {"photo", "shared.photo", "shared.word", "shared.word.voice", "petition", "petitioned"}
"""She has no photo of herself, nobody said a word (routes/test_shown_endorsements.py), and she asks for no badge."""


VOUCHED = "did:web:greta.example"
"""An issuer for whom the operator vouches."""


def filled(maria: Person, share: str, link: str) -> dict[str, str]:
    """The address of each route, by its name, about Maria's own badge, moment and share."""
    badge, moment = f"/badges/{maria.has()[0]}", re.findall(r"/evidence/\d+", maria.page("/evidence"))[0]
    asked = re.findall(r"/mot/([0-9A-Z]{26})", maria.page("/requests/2"))[0]
    photo_of_it = (re.findall(r"/attachments/(\d+)/picture", maria.page(moment)) or ["0"])[0]
    call = maria.services.database.write(create_call, SELLER, maria.services.clock())
    addresses = {}
    for route in ROUTES:
        about = share if route.path.startswith("/shares") else badge
        about = moment if route.path.startswith("/evidence/{id") else about
        about = {"requests": "/2", "endorsements": "/1"}.get(route.path.split("/")[1], about)
        parts = {
            "{id:row}": about.rpartition("/")[2],
            "{question}": "facts",
            "{exhibit:row}": "1",
            "{number:row}": photo_of_it if route.path.startswith("/evidence") else "0",
            "{token}": asked if route.path.startswith("/mot/") else link.rpartition("/")[2],
            "{place:row}": "0",
            "{code}": call.code,
            "{secret}": call.secret if route.path.startswith("/e/") else f"{1:026}",
            "{list:row}": "0" if route.name == "issuers.withdrawn" else "1",
            "{word:row}": "1",
            "{issuer:path}": VOUCHED,
            "{path:path}": "css/wallet.css",
        }
        addresses[route.name] = reduce(lambda path, part: path.replace(*part), parts.items(), route.path)
    return addresses


@pytest.fixture
@made_once
def share(maria: Person) -> str:
    maria.post("/addresses", data={"address": "maria@exemple.fr"})
    id = maria.has()[0]
    moment = maria.tells(id, facts="Un client attendait.")
    maria.attaches(moment, ("photo.jpg", photo("JPEG")))
    maria.services.database.write(reserve_place)
    word = is_given_a_word(maria, moment)
    maria.post(f"{word}/acceptance")
    maria.services.database.write(registers.add_issuer, trust.Entry(match=VOUCHED, name="GRETA"), "a test", NOW)
    return maria.shows(id, moment=f"{id}-{moment.rpartition('/')[2]}")


@pytest.fixture
@made_once
def link(maria: Person, share: str) -> str:
    return maria.link_of(share)


def everything(person: Person) -> dict[str, list[str]]:
    """All rows of all tables, and the names of all files; the driver is asked, which takes a fifth of the time."""
    with person.services.database.reading() as session:
        cursor = session.connection().connection.cursor()
        rows = {
            table: sorted(map(repr, cursor.execute(f"SELECT * FROM {table}").fetchall()))  # noqa: S608  # ours
            for table in metadata.tables
        }
    return {**rows, "files": sorted(person.services.files.names())}


def test_every_address_and_its_door_is_told_twice():
    """Here and in the map: opening a door wider means changing both."""
    found = {route.name: (f"{method_of(route):4} {route.path}", route.endpoint.needs) for route in ROUTES}

    assert found == DOORS
    assert len(ROUTES) == len(DOORS)


def test_who_is_nobody_is_shown_the_way(app: Starlette, maria: Person, share: str, link: str):
    paths = filled(maria, share, link)
    for route in ROUTES:
        door = DOORS[route.name][1]
        if door in {"visitor", "key", "fresh"}:
            answer = Person(app).request(method_of(route), paths[route.name])
            assert answer.status_code == 303, route.name
            assert answer.headers["location"] == ("/" if door == "visitor" else "/entry")
            assert not answer.content


def test_looking_changes_nothing(maria: Person, share: str, link: str, recruiter: Stranger):
    paths = filled(maria, share, link)
    before = everything(maria)

    for route in ROUTES:
        if not is_post(route) and route.name not in NOTED | ASKED | HANDED | ABSENT | {"message", "letters.stop"}:
            path = paths[route.name]
            assert maria.get(path).status_code < 400, path
            assert maria.head(path).status_code < 400, path
            assert recruiter.get(path).status_code < 400, path

    assert everything(maria) == before


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        # Each of these alone is refused in tests/web/test_security_headers.py: here it is every address once more.
        pytest.param({}, marks=pytest.mark.soak),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"}, marks=pytest.mark.soak),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, marks=pytest.mark.soak),
        pytest.param({"Sec-Fetch-Site": "same-site"}, marks=pytest.mark.soak),
        pytest.param({"Origin": "null"}, marks=pytest.mark.soak),
    ],
    ids=str,
)
def test_no_foreign_page_changes_anything(sent: dict[str, str], maria: Person, share: str, link: str):
    addresses = filled(maria, share, link)
    before = everything(maria)
    paths = [
        addresses[route.name]
        for route in ROUTES
        if is_post(route)
        and route.name not in {"handovers.create", "letters.stopping"}
        and not route.path.startswith(MACHINES)
    ]
    del maria.headers["Sec-Fetch-Site"]

    for path in paths:
        answer = maria.post(path, headers=sent)
        assert answer.status_code == 403, path
        assert "<h1>" in answer.text, "a page that says so"

    assert everything(maria) == before


@pytest.mark.parametrize("came", here_and_in_soak("its own", "/help"))
def test_where_any_form_is_refused_another_language_is_chosen_on_a_page_that_is_there(
    maria: Person, share: str, link: str, came: str
):
    """Wherever she was, as the browser tells: on a page, or on the answer to the same form a moment ago."""
    addresses, origin = filled(maria, share, link), maria.services.settings.origin
    paths = {addresses[route.name] for route in ROUTES if is_post(route) and not route.path.startswith(MACHINES)}
    paths -= {addresses["handovers.create"], addresses["letters.stopping"]}
    chosen = dict[str, str]()
    for path in paths:
        was = origin + (path if came == "its own" else came)
        refused = maria.post(path, headers={"Referer": was, "Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403, path
        (chosen[path],) = set(re.findall(r'name="next" value="([^"#]*)', refused.text))

    there = {page: maria.get(page, follow_redirects=True) for page in set(chosen.values())}
    lost = [
        (path, page) for path, page in chosen.items() if there[page].status_code == 405 or "<h1" not in there[page].text
    ]
    assert lost == []
    if came == "/help":
        assert chosen[addresses["photo.create"]] == chosen[addresses["evidence.requests"]] == "/help"
    else:
        assert chosen[addresses["evidence.requests"]] == addresses["evidence.one"]
    assert chosen[addresses["badges.create"]] == "/badges", "its own address is a page"


def test_where_programs_ask_nobody_is_known():
    """So that a page of another site can do there what anybody can, and nothing in anybody's name."""
    asked = [route for route in ROUTES if route.path.startswith(MACHINES)]

    assert len(asked) >= 3
    assert {DOORS[route.name][1] for route in asked} == {"stranger"}


def test_a_number_that_is_nobodys_is_not_there(maria: Person):
    odd = ("0", "-1", "1.5", "x", "²", "١", "999999999", "2147483648", "9" * 19, "9" * 5000)
    every = ("/badges/{}/picture", "/badges/{}/document", "/shares/{}", "/shares/{}/qr.svg")
    for path in (*(f"/badges/{number}" for number in odd), *(path.format("999999999") for path in every)):
        assert maria.get(path).status_code == 404, path
    every = ("/badges/{}/return", "/badges/{}/verifications", "/shares/{}/stopping")
    for path in (*(f"/badges/{number}/removal" for number in odd), *(path.format("999999999") for path in every)):
        assert maria.post(path).status_code == 404, path


def test_no_route_is_told_more_methods_than_its_own():
    for route in ROUTES:
        methods = {"PUT"} if route.name == "open_badges_api.profile.change" else {"GET", "HEAD"}
        assert route.methods in (methods, {"POST"}), route.name


@pytest.mark.parametrize("others", here_and_in_soak(1, 6))
def test_every_address_takes_its_own_method_alone(maria: Person, share: str, link: str, others: int):
    """By one other method each, and the first address by all of them; by all of them everywhere in `make soak`."""
    paths = filled(maria, share, link)
    for number, route in enumerate(ROUTES):
        path = paths[route.name]
        taken = set().union(*(other.methods for other in ROUTES if paths[other.name] == path))
        refused = [one for one in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE") if one not in taken]
        for method in refused[: others if number else 6]:
            assert maria.request(method, path).status_code == 405, f"{method} {path}"
