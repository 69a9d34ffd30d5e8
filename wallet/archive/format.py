"""« Tout récupérer »: what an archive of a wallet holds. Format 1: whoever writes one and whoever reads one reads it here.

    LISEZMOI.txt    what this is, in French and English
    index.html      the badges and the shares, to be read without us
    wallet.json     all of it, for programs: rows by the names of their columns
    schema.json     what wallet.json may hold (JSON Schema 2020-12); also public at its instance
    badges/         the file of each badge, byte for byte as it came
    moments/        the photos, recordings and files of what the holder told, by the moment that they go with
    endorsements/   what others say of a moment or a badge: the signed credential, and a voice
    files/          every other file that wallet.json names, under its SHA-256
    SHA256SUMS      the checksums of all others, as `sha256sum -c` reads them

Rule 1: every column of every table that belongs to a holder is in MEMBERS or ELSEWHERE, or in LEFT_OUT with the reason.
A test reads the tables and fails for one that is in none of them.
Rule 2: whoever came back without a key lately is not yet known to be the holder: until that is over, what the holder
wrote (WRITTEN) is left out, and the archive says until when. What they told of themselves, and what others say of them, is left
out as a whole.
Rule 3: a member that comes later is optional, and the format stays 1: our readers pass over what they do not know, and
whoever is strict finds the schema of the very archive beside it. `purpose`, `told`, `openings`, `shows_marks`, `shows_siae`,
`hides_name`, `takes_messages`, `changed_at`, `editions`, `is_page`, `shows_photo` and `shows_sought` of a share came later,
`endorsements` of a share and of its editions too, `counted`, `own_contexts` and `bound_to` of a badge, `evidence`, `endorsements`, `question` of an attachment, `messages`, `platforms`, and `sought`,
`photo` and `wants_letters` of the holder.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from .. import accounts, endorsements, evidence, messages, pages, shares
from . import history_reader
from .row_fields import (
    Kind,
    day,
    is_told,
    moment,
    moment_text,
    or_none,
    past,
    read_row,
    text,
    truth,
    whole_number,
    word_of,
)

FORMAT, VERSION = "mes-badges", 1
README, PAGE, WALLET, SCHEMA, SUMS = "LISEZMOI.txt", "index.html", "wallet.json", "schema.json", "SHA256SUMS"
BADGES, MOMENTS, ENDORSEMENTS, FILES = "badges/", "moments/", "endorsements/", "files/"
MOST_MEMBERS = 60_000
"""Members of the ZIP: 5,000 badges with their pictures and what their issuers answered have half as many, and a Mac packs a file of
its own beside each."""
BIGGEST_MEMBER = 25 * 1024 * 1024
"""Bytes of one member of the ZIP: as much as a file that arrives may have."""
BIGGEST_WALLET = 64 * 1024 * 1024
"""Bytes of wallet.json."""
BIGGEST_ARCHIVE = 1024**3
"""Bytes of all members, unpacked."""
MEMBER_NAME_LIMIT = 300
"""Characters of the name of a member of the ZIP."""
SUBJECT_LIMIT, DIGEST_LIMIT, SAID_LIMIT, DOMAIN_LIMIT, SIRET = 2_048, 71, 20_000, 254, 14
"""Characters of what a word is about, of a digest, of a word itself, of the name of a domain, of a SIRET."""
MOST_TIMES = 1_000_000
"""How often a share was opened on one day."""
ATTACHED = ("photo", "recording", "file", "link")
"""What goes with a moment; all but the last have bytes."""

SIZES = "It counts how much room is left on this instance."
SIGNED_IN = "It says where somebody is signed in now; what happened there is told in the events."
COMING_BACK = "It guards this instance for days; that somebody came back is told in the events."
SOON_OVER = "It lasts minutes or hours, and is of no use afterwards."
ON_ITS_WAY = "A letter on its way; it is gone when it is sent."
OF_OTHERS = "It is the word of somebody else, for the operator, about what was shown."
OF_A_CALL = "It says which advert of somebody else a share answers; the share itself is told."
OF_A_PETITION = "It waits for one structure, and opens this instance for days; what was shown, and the badge that came, are told as such."
OF_A_CODE = "It opens a page of this instance, and is over with its share."
OF_AN_OFFER = "An offer on its way: what it says opens the issuer's door to this instance, and to no other."
OF_A_REQUEST = (
    "A link on its way to somebody, which opens this instance for days; the word that comes of it is told as such."
)
TAKEN_BACK_HERE = "It says in which list of this instance the word is withdrawn; the signed credential names it itself."
CAME_ONCE = "It keeps this instance from taking in a draft twice; what the draft said is told by its moment."
OF_A_SENDER = (
    "It tells a platform what it sent; the badge that came of it is told as any other, once the holder has it."
)
OF_A_PLATFORM = "A platform shows it to send badges to this instance; what that platform is and may do is told."
MADE_AGAIN = "It is made again from the photo itself."
WHERE: Mapping[str, str] = {
    "holders": "holder",
    "badges": "badges[]",
    "shares": "shares[]",
    "addresses": "addresses[]",
    "passkeys": "keys[]",
    "platform_links": "platforms[]",
    "papers": "paper",
    "events": "events[]",
    "messages": "messages[]",
    "openings": "shares[].openings[]",
    "share_editions": "shares[].editions[]",
    "endorsements": "endorsements[]",
    "evidence": "evidence[]",
    "answers": "evidence[].answers[]",
    "attachments": "evidence[].attachments[]",
}
"""Where in wallet.json the rows of a table are."""
MEMBERS: Mapping[str, Mapping[str, Kind | None]] = {
    "holders": {
        "name": text(accounts.NAME_LIMIT),
        "sought": text(accounts.SOUGHT_LIMIT),
        "language": word_of(pages.LANGUAGES),
        **dict.fromkeys(("created_at", "kept_at", "wants_letters")),
    },
    "badges": {
        "identity": None,
        "file_name": text(MEMBER_NAME_LIMIT),
        "link": text(history_reader.LINK),
        **dict.fromkeys(("container", "plate", "read")),
        "state": history_reader.state,
        "examination": history_reader.examination,
        "checked_at": moment_text,
        "silent_since": None,
        "good": history_reader.examination,
        "good_at": moment_text,
        "match": history_reader.match,
        "history": None,
        "counted": history_reader.counted,
        "own_contexts": history_reader.own_contexts,
        "added_at": None,
        "removed_at": is_told,
    },
    "shares": {
        "name": text(accounts.NAME_LIMIT),
        "word": text(shares.WORD_LIMIT),
        "purpose": text(shares.PURPOSE_LIMIT),
        "created_at": past,
        "ends_at": moment,
        "stopped_at": or_none(moment),
        "shows_marks": truth,
        "shows_siae": truth,
        "hides_name": truth,
        "takes_messages": truth,
        "changed_at": or_none(past),
        **dict.fromkeys(("is_page", "shows_photo", "shows_sought"), truth),
        "is_history": None,
    },
    "messages": {
        "purpose": text(shares.PURPOSE_LIMIT),
        "shared_at": or_none(past),
        "choice": word_of(messages.CHOICES),
        "text": text(messages.LIMITS["text"]),
        "sender": text(messages.LIMITS["sender"]),
        "reply_to": text(messages.LIMITS["reply_to"]),
        "sent_at": past,
        "read_at": or_none(past),
        "removed_at": is_told,
        "reported_at": None,
        "is_history": None,
    },
    "share_editions": {"shown_from": past, "shown_until": past},
    "openings": {
        "day": day,
        "kind": word_of(get_args(shares.DeviceKind)),
        "times": whole_number(1, MOST_TIMES),
    },
    "addresses": {"written": text(accounts.ADDRESS_LIMIT), "added_at": past, "verified_at": None},
    "passkeys": dict.fromkeys(("name", "kind", "backed_up", "created_at", "used_at")),
    "platform_links": dict.fromkeys(
        ("name", "host", "scopes", "tells_name", "connected_at", "stopped_at", "sent", "last_sent_at")
    ),
    "papers": {"made_at": None},
    "events": {
        "what": word_of(accounts.EVENT_WORDS),
        "at": past,
        "kind": word_of({"", *accounts.DEVICE_KINDS}),
        "is_history": None,
    },
    "endorsements": {
        "origin": word_of(get_args(endorsements.Origin)),
        "subject": text(SUBJECT_LIMIT, least=1),
        "told": None,
        "digest": text(DIGEST_LIMIT),
        "name": text(endorsements.NAME_LIMIT),
        "role": text(endorsements.ROLE_LIMIT),
        "organisation": text(endorsements.ORGANISATION_LIMIT),
        "siret": text(SIRET),
        "relation": word_of({"", *get_args(endorsements.Relation)}),
        "setting": word_of(get_args(endorsements.Setting)),
        "afest": None,
        "sentence": text(SAID_LIMIT),
        "media_type": text(64),
        "seconds": or_none(whole_number(0, 3_600)),
        "means": word_of(get_args(endorsements.Means)),
        "mail_domain": text(DOMAIN_LIMIT),
        "given_at": past,
        "accepted_at": or_none(past),
        **dict.fromkeys(("examination", "checked_at")),
        "ends_at": or_none(moment),
        "withdrawn_at": is_told,
        "removed_at": is_told,
        "reported_at": None,
    },
    "evidence": {
        "key": text(evidence.KEY_LIMIT, least=1),
        "begun_at": past,
        "told_at": or_none(past),
        "removed_at": is_told,
    },
    "answers": {
        "question": word_of(evidence.LIMITS),
        "text": text(max(evidence.LIMITS.values())),
        "key": text(evidence.KEY_LIMIT, least=1),
        "made_at": past,
    },
    "attachments": {
        "key": text(evidence.KEY_LIMIT, least=1),
        "kind": word_of(ATTACHED),
        "name": text(MEMBER_NAME_LIMIT),
        "address": None,
        **dict.fromkeys(("media_type", "width", "height", "seconds")),
        "question": or_none(word_of(evidence.WORDS)),
        "added_at": past,
        "removed_at": None,
    },
}
"""The columns that stand there by their own names, each with how it is read when it comes back; None for what does not."""
WHAT_WAS_FOUND = ("examination", "good", "match", "counted")
"""Members of a badge that tell what was found of it; others only say when, or what came of it."""
CAME_LATER: Mapping[str, Mapping[str, Any]] = {
    "badges": {"removed_at": None},
    "shares": {
        "purpose": "",
        "shows_marks": False,
        "shows_siae": False,
        "hides_name": False,
        "takes_messages": True,
        "changed_at": None,
        **dict.fromkeys(("is_page", "shows_photo", "shows_sought"), False),
    },
    "events": {"kind": ""},
    "evidence": {"told_at": None, "removed_at": None},
    "attachments": {"question": None},
}
"""What an archive means that does not tell a member (rule 3)."""
ELSEWHERE: Mapping[str, str] = {
    "photos.content": "holder.photo",
    "badges.document": "badges[].document",
    "badges.came_in": "badges[].file",
    "badges.picture": "badges[].picture",
    "holder_keys.did": "badges[].bound_to",
    "shown_badges.badge_id": "shares[].badges[]",
    "shown_badges.place": "shares[].badges[]",
    "shown_badges.told": "shares[].told[]",
    "exhibits.place": "shares[].exhibits[].place",
    "exhibits.told": "shares[].exhibits[]",
    "share_editions.told": "shares[].editions[]",
    "evidenced_badges.badge_id": "evidence[].badges[]",
    "endorsements.document": "endorsements[].document",
    "endorsements.recording": "endorsements[].recording",
    "endorsements.evidence_id": "endorsements[].moment",
    "endorsements.badge_id": "endorsements[].badge",
    "shown_endorsements.endorsement_id": "shares[].endorsements[].endorsement",
    "shown_endorsements.place": "shares[].endorsements[].place",
    "shown_endorsements.mark": "shares[].endorsements[].mark",
    "shown_endorsements.told": "shares[].endorsements[].told",
    "attachments.file": "evidence[].attachments[].file",
}
"""The columns that are told in another way: files by their path, badges by their place in the list."""
REASONS: Mapping[str, str] = {
    "The number of a row means nothing elsewhere.": """
        holders.id badges.id shares.id messages.id shown_badges.id openings.id evidence.id exhibits.id answers.id
        share_editions.id attachments.id addresses.id passkeys.id papers.id events.id platform_links.id
        endorsements.id shown_endorsements.id
    """,
    "It opens this instance, and no other.": """
        holders.handle shares.token_hash passcodes.code_hash passcodes.code_sealed passkeys.credential_id
        passkeys.public_key papers.code_hash returns.code_hash endorsements.withdrawal_hash
    """,
    "It is of a visitor without a key, who has no archive.": "holders.leaves_at",
    "What waits for their word is not theirs yet; it is told on the page of their badges.": "holders.waits_for_id",
    "What waits on this instance waits on no other.": "holders.erase_at",
    "All that is in an archive is one holder's.": """
        badges.holder_id shares.holder_id shares.page_of photos.holder_id evidence.holder_id addresses.holder_id
        passkeys.holder_id papers.holder_id events.holder_id messages.holder_id platform_links.holder_id
        endorsements.holder_id
    """,
    "It is when this instance last wrote to them.": "holders.letter_at",
    "The share that it answers is told by its day and purpose.": "messages.share_id",
    "It says whether the operator is done with it.": "messages.closed_at endorsements.closed_at",
    OF_A_REQUEST: """
        endorsement_requests.id endorsement_requests.holder_id endorsement_requests.evidence_id endorsement_requests.key
        endorsement_requests.token_hash endorsement_requests.token_sealed endorsement_requests.name endorsement_requests.told
        endorsement_requests.digest endorsement_requests.subject endorsement_requests.language endorsement_requests.made_at
        endorsement_requests.ends_at endorsement_requests.stopped_at endorsement_requests.answered_at
        endorsement_requests.was_declined endorsement_requests.seen_at endorsement_requests.made_in_id
        endorsements.request_id
    """,
    TAKEN_BACK_HERE: "endorsements.list_id endorsements.list_index",
    "It is of whoever said it, and a mark that this instance alone can make.": "endorsements.mail_mark",
    "It is when the holder could read it first, after a code that was asked for.": "endorsements.arrives_at",
    "It is when this instance looks again, and whom it asks then.": "badges.due_at badges.asks",
    "What an archive brings back is brought by hand: they want it.": "badges.unasked",
    SIZES: """
        badge_sizes.badge_id badge_sizes.files badge_sizes.came_in badge_sizes.answers holder_sizes.holder_id
        holder_sizes.moments holder_sizes.badges moment_sizes.evidence_id moment_sizes.texts
        moment_sizes.answers
    """,
    "It says of a page kept here whether it is still right.": """
        badges.edition evidence.edition shares.changes photos.key photos.made_at
    """,
    "It says what the holder was told of here.": "openings.seen",
    "It counts the addresses that badges had on the page of their share, which is over.": "shares.places",
    "The link would open the page for whoever finds the archive.": "shares.token_sealed",
    "It guards this instance while somebody comes back.": """
        shares.made_in_id shares.stopped_in_id shares.opened_in_id passkeys.return_id papers.used_at papers.return_id
    """,
    "It is told by the share in which it stands.": """
        shown_badges.share_id openings.share_id exhibits.share_id passcodes.share_id shown_endorsements.share_id
        share_editions.share_id
    """,
    "The moment goes on and changes; what was shown of it is told as it was.": "exhibits.evidence_id",
    "It is told by the moment in which it stands.": """
        answers.evidence_id evidenced_badges.evidence_id attachments.evidence_id
    """,
    MADE_AGAIN: "attachments.preview",
    "It counts here, with the small picture that is made again, how much room is left.": "attachments.size",
    "It counts here how much room is left.": "endorsements.size",
    OF_A_CODE: """
        passcodes.tries passcodes.lately passcodes.since
    """,
    OF_OTHERS: """
        reports.id reports.share_id reports.reason reports.words reports.made_at reports.closed_at
    """,
    OF_A_CALL: """
        call_answers.id call_answers.holder_id call_answers.call_id call_answers.share_id call_answers.answered_at
    """,
    OF_A_PETITION: """
        petitions.id petitions.holder_id petitions.place petitions.issuer petitions.structure petitions.asks_at
        petitions.is_mailed petitions.share_id petitions.token_hash petitions.token_sealed petitions.language
        petitions.state petitions.answer petitions.offer_sealed petitions.offer_id petitions.badge_id petitions.made_at
        petitions.ends_at petitions.answered_at petitions.reminded_at petitions.seen_at petitions.code_hash petitions.code_ends_at petitions.code_tries
        petitions.codes
    """,
    CAME_ONCE: """
        sendings.id sendings.holder_id sendings.key sendings.evidence_id sendings.refused
        sendings.wants_sentence sendings.sent_at
    """,
    "It is worked out again from what was written.": "addresses.plain",
    "It is the authenticator's word about a key that opens this instance only.": """
        passkeys.sign_count passkeys.backup_eligible passkeys.transports passkeys.aaguid passkeys.attachment
    """,
    SIGNED_IN: """
        devices.id devices.holder_id devices.token_hash devices.created_at devices.seen_at devices.shown_at
        devices.kind devices.is_shared devices.return_id devices.passkey_id
    """,
    COMING_BACK: """
        returns.id returns.holder_id returns.after_id returns.way returns.kind returns.began_at returns.opens_at
        returns.entered_at returns.ends_at returns.stopped_at returns.acknowledged_at
        returns.paper_made_at
    """,
    SOON_OVER: """
        challenges.hash challenges.purpose challenges.holder_id challenges.expires_at challenges.browser
        mailed_codes.id mailed_codes.purpose mailed_codes.plain mailed_codes.holder_id mailed_codes.code_hash
        mailed_codes.tries mailed_codes.ends_at mailed_codes.sealed mailed_codes.letters_at
        mailed_code_tries.code_id mailed_code_tries.browser mailed_code_tries.tries mailed_code_tries.network
        endorsements.code_hash endorsements.code_sealed endorsements.code_tries
        mailed_code_tries.promised handovers.id handovers.holder_id handovers.token_hash handovers.brought
        handovers.link handovers.excerpt handovers.size handovers.came_at
    """,
    OF_AN_OFFER: """
        issuances.id issuances.holder_id issuances.token_hash issuances.kind issuances.state issuances.reason issuances.tries
        issuances.spent issuances.sealed issuances.outcomes issuances.busy_until issuances.made_at issuances.due_at
        issuances.ends_at
    """,
    "It is told by the badge that is bound to it.": """
        holder_keys.id holder_keys.holder_id holder_keys.badge_id holder_keys.made_at
    """,
    "It is the private half of a key, and whoever had it could speak as the holder.": "holder_keys.sealed",
    OF_A_SENDER: """
        sent_badges.id sent_badges.link_id sent_badges.version sent_badges.mark sent_badges.badge_id sent_badges.content
        sent_badges.sent_at sent_badges.due_at sent_badges.tries sent_badges.document
    """,
    OF_A_PLATFORM: """
        platform_links.client_mark
        platform_codes.id platform_codes.link_id platform_codes.mark platform_codes.redirect_uri platform_codes.scopes
        platform_codes.challenge platform_codes.expires_at platform_codes.used_at
        platform_tokens.id platform_tokens.link_id platform_tokens.access_mark platform_tokens.refresh_mark
        platform_tokens.scopes platform_tokens.issued_at platform_tokens.access_until platform_tokens.refreshed_at
        platform_tokens.expires_at
    """,
    ON_ITS_WAY: """
        letters.id letters.holder_id letters.address letters.kind letters.language letters.sealed
        letters.made_at letters.due_at letters.ends_at letters.tries
    """,
}
"""Why columns are in no archive."""
LEFT_OUT: Mapping[str, str] = {column: reason for reason, columns in REASONS.items() for column in columns.split()}
"""The columns that are in no archive, each with the reason."""
WRITTEN: Mapping[str, Mapping[str, Any]] = {
    "holders": {"name": "", "sought": ""},
    "badges": {"match": None},
    "shares": {"name": "", "word": "", "purpose": ""},
    "passkeys": {"name": ""},
}
"""What the holder wrote, and what stands there while it is left out; their addresses, moments and messages, and what others say of
them, are left out altogether."""


def read_row_of(table: str, told: Any, latest: datetime) -> dict[str, Any]:
    """The members of a row of *table* that come back; raises one of members.FAULTS."""
    return read_row(MEMBERS[table], CAME_LATER.get(table, {}) | told, latest)


def archive_schema() -> str:
    """The JSON Schema of wallet.json."""
    return (Path(__file__).parent / f"wallet-{VERSION}.json").read_text(encoding="utf-8")
