"""What the wallet owes for all that it keeps: a row for each table, each kind of file on the shelf, each file beside them.

Whoever adds a table or a file adds its row here, and tests/architecture/test_duties.py looks whether what it says is so.
A row answers six questions:

    exported    In(where it stands in the archive), or No(why it is left out)
    returns     By(what brings it back from an archive), or No(why it does not)
    erased      By(what takes it away when its holder erases all), or No(why it stays)
    backup      In(where it stands in a backup), or No(why it is in none)
    per_holder  Bound(what keeps one person from filling it), or No(why there is nothing to bound)
    in_all      Bound(what keeps all together from filling it), or No(why there is nothing to bound)
    told        Says(the sentence of the page on personal data), or No(why that page does not speak of it)

What ought to be done and is not is Owed: the test has a list of those, and no row may owe anything that is not in it.
A pace (a Limit of web/rate_limits.py) holds for one holder in STRICT and for one network in LOOSE; where one stands beside a
time, that is how long a row lasts, and both together are what a flood meets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from wallet import accounts, badges, endorsements, evidence, inspection, issuance, messages, openbadges, shares, storage
from wallet.accounts import emails, mailed_codes, recoveries, storage_use
from wallet.archive import format as archives
from wallet.archive import import_endorsements, import_evidence, import_history, import_responses, importing
from wallet.badges import issuer_responses, quota, share_target
from wallet.concurrency import Limit
from wallet.endorsements import models as words_of_others
from wallet.evidence import editing, offline_drafts
from wallet.issuance import openid4vci, platforms
from wallet.operations import backup, cleanup, disk_reserve, erasure, erasure_log
from wallet.operations.backup import KEYS, LEDGER, MANIFEST
from wallet.rechecks import hosts as rechecked_hosts
from wallet.registers import facts as public_lists
from wallet.registers import importing as registers_read
from wallet.shares import (
    abuse_reports,
    calls,
    editions,
    evidence_snapshots,
    lifecycle,
    petitions,
    shown_endorsements,
    view_counts,
)
from wallet.storage import file_removals, folder, rate_counts
from wallet.web.rate_limits import BYTES, LOOSE, NEWEST, STRICT

Limits = int | timedelta | Limit


@dataclass(frozen=True, slots=True)
class No:
    """It is not so, and that is right."""

    why: str


@dataclass(frozen=True, slots=True)
class Owed:
    """It is not so, and ought to be."""

    what: str


@dataclass(frozen=True, slots=True)
class In:
    """Where it stands: in wallet.json as `shares[].badges[]`, in a folder of the archive, or in a part of the backup."""

    place: str


@dataclass(frozen=True, slots=True)
class By:
    """What does it."""

    act: Callable[..., Any]


class Bound:
    """What keeps it from growing: constants of the wallet; *refused* is the test in which one too many is turned away."""

    def __init__(self, *limits: Limits, refused: str = "") -> None:
        self.limits, self.refused = limits, refused


@dataclass(frozen=True, slots=True)
class Says:
    """A sentence of the page on personal data: its English, by which the French is found."""

    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Duties:
    """What is owed for one table, or one kind of file."""

    exported: In | No | Owed
    returns: By | No | Owed
    erased: By | No | Owed
    backup: In | No | Owed
    per_holder: Bound | No | Owed
    in_all: Bound | No | Owed
    told: Says | No | Owed


DUMP, SHELF_OF_BACKUPS = In("the dump of the database"), In("the files of the backups")

NOT_BROUGHT = No("What is in no archive comes back with none.")
NOBODYS = No("It is nobody's, and says nothing of anybody.")
OF_THE_OPERATOR = No("It is the operator's, and no holder has any.")
WITH_THE_HOLDERS = No(
    "Each holder has so much, and nobody is refused a wallet: how many come is for the operator's disk."
)
ONE_EACH = No("There is one.")
NEVER_MET = No("It is a number for our own use, made of what the page tells.")
OUT_OF_REACH = No("It is gone before anybody could ask for it.")

BY_CASCADE, SHUT = By(accounts.erase_holder), By(erasure.Erasure._shut)
WITH_THE_BADGES, WITH_THE_MOMENTS = By(badges.erase_badges), By(evidence.erase_evidence)
KEPT = By(importing._keep_badges)
SHARES_KEPT, REST_KEPT = By(import_history.keep_shares), By(import_history.keep_rest)
MOMENTS_KEPT, ATTACHED = By(import_evidence.keep_moments), By(import_evidence.keep_attachments)

VISITORS = "tests/accounts/test_storage_use.py::test_there_is_an_end_to_how_many_visitors_there_are_at_once"
TOO_MANY_BADGES = "tests/badges/test_keeping.py::test_a_wallet_is_not_a_warehouse"
NO_ROOM = "tests/badges/test_quota.py::test_a_holder_has_so_much_room_and_the_next_holder_has_theirs"
NO_ROOM_OF_VISITORS = "tests/badges/test_quota.py::test_all_visitors_share_a_room_which_holders_do_not_need"
TOO_MANY_MOMENTS = "tests/evidence/test_answers.py::test_there_is_an_end_to_how_many_moments_there_are"
TOLD_ENOUGH = "tests/evidence/test_answers.py::test_there_is_an_end_to_what_may_be_told"
FIFTY = "tests/routes/test_attachments.py::test_fifty_go_with_a_moment_and_what_is_taken_off_makes_room"
MOMENTS_OF_VISITORS = "tests/routes/test_visitor_room.py::test_all_visitors_share_a_room_which_holders_do_not_need"
TOO_MANY_SHARES = "tests/routes/test_share_form.py::test_there_is_an_end_to_how_many_shares_there_are"
HUNDRED_EDITIONS = "tests/shares/test_editions.py::test_there_is_an_end_to_how_much_is_told_of_before"
SIXTY = "tests/routes/test_evidence_snapshots.py::test_a_share_shows_sixty_moments_and_no_more"
TEN_KEYS = "tests/accounts/test_keys_and_devices.py::test_a_key_too_many_is_neither_begun_nor_kept"
FIFTY_DEVICES = "tests/accounts/test_keys_and_devices.py::test_a_holder_is_signed_in_on_fifty_devices_at_most"
FIVE_ADDRESSES = "tests/accounts/test_emails.py::test_a_holder_has_five_at_most_and_each_once"
LETTERS = "tests/accounts/test_emails.py::test_another_letter_takes_a_minute_and_five_go_in_an_hour"
TRIES = "tests/routes/test_mail_tries.py::test_all_browsers_together_have_a_thousand"
PROMISES = "tests/routes/test_mail_tries.py::test_only_so_many_browsers_are_promised_their_tries"
CHALLENGES = "tests/routes/test_ceremony_browsers.py::test_whatever_the_neighbours_ask_for_nobody_is_refused_and_they_fill_no_table"
OWN_HANDOVERS = "tests/routes/test_share_target.py::test_one_holder_fills_their_own_room_and_no_neighbours"
ALL_HANDOVERS = "tests/badges/test_share_target.py::test_whoever_has_no_key_fills_a_tenth_with_all_others_and_no_more"
ENOUGH_MESSAGES = "tests/messages/test_incoming.py::test_there_is_an_end_to_how_many_wait_and_to_how_many_are_kept"
TOO_MANY_CALLS = "tests/shares/test_calls.py::test_there_is_an_end_to_how_many_calls_there_are"
ANSWERS_ENOUGH = "tests/shares/test_calls.py::test_two_hundred_answer_a_call_and_no_more"
THREE_PETITIONS = "tests/routes/test_petitions.py::test_three_wait_and_no_more"
THIRTY_A_DAY = "tests/routes/test_petitions.py::test_an_address_gets_thirty_a_day_from_all_holders_together"
FIFTY_REPORTS = "tests/routes/test_abuse_reports.py::test_one_share_gathers_no_more_than_are_read"
OLD_EVENTS = "tests/operations/test_cleanup.py::test_what_happened_three_months_ago_is_forgotten"
OLD_RETURNS = (
    "tests/operations/test_cleanup.py::test_returns_that_were_over_long_ago_are_forgotten_when_what_they_let_in_is_over"
)
OLD_DRAFTS = "tests/routes/test_offline_drafts.py::test_drafts_are_known_again_for_longer_than_a_phone_keeps_them"
OLD_HOSTS = "tests/rechecks/test_hosts.py::test_a_host_that_nobody_asked_for_long_is_forgotten"
GONE_FILES = "tests/storage/test_file_removals.py::test_what_is_gone_is_forgotten_when_nobody_can_be_on_the_way"
ONE_PAPER = "tests/accounts/test_recovery_codes.py::test_a_holder_never_has_two_papers"
OLD_COUNTS = "tests/concurrency/test_shared_windows.py::test_what_counts_no_more_is_forgotten_and_a_row_never_grows"
OLD_LINES = "tests/operations/test_erasure.py::test_lines_are_dropped_when_no_backup_is_that_old"
OLD_BACKUPS = "tests/operations/test_backup.py::test_after_a_month_it_is_gone_with_what_nobody_needs_any_more"
HALF_WRITTEN = "tests/operations/test_cleanup.py::test_half_written_files_are_swept"
ASIDE = "tests/operations/test_cleanup.py::test_what_is_swept_lies_aside_for_a_week_and_whoever_asks_has_it_back"
ON_EACH_DISK = "tests/operations/test_disk_reserve.py::test_one_lies_on_each_disk"
TOO_LARGE_WORDS = "tests/routes/test_own_contexts.py::test_what_is_no_vocabulary_is_not_kept"
SHORT_RESPONSES = "tests/badges/test_issuer_responses.py::test_of_one_that_does_not_fit_even_packed_the_hash_stays"
TOO_HEAVY = "tests/evidence/test_attachments.py::test_nothing_and_too_much_are_refused_whatever_they_are_called"
TOO_HEAVY_A_BADGE = "tests/badges/test_importing.py::test_a_file_too_heavy_is_not_even_looked_at"

FIFTY_PROMISES = "tests/issuance/test_later_badges.py::test_there_is_an_end_to_how_many_are_promised"
FIFTY_WAITING = "tests/issuance/test_sent_badges.py::test_the_51st_waits_outside"
FIFTY_PLATFORMS = "tests/issuance/platforms/test_links.py::test_there_is_an_end_to_how_many_platforms_one_connects"
TEN_CODES = "tests/issuance/platforms/test_tokens.py::test_there_is_an_end_to_how_many_codes_a_link_has"
TWENTY_TOKENS = "tests/issuance/platforms/test_tokens.py::test_there_is_an_end_to_how_many_tokens_a_link_has"

TWENTY_REQUESTS = "tests/endorsements/test_requests.py::test_so_many_wait_and_one_that_is_stopped_makes_room"
TOO_MANY_WORDS = "tests/endorsements/test_requests.py::test_no_more_is_asked_for_than_may_be_kept"
OLD_REQUESTS = "tests/endorsements/test_erasing.py::test_of_what_was_asked_for_a_month_ago_nothing_stays"
NO_ROOM_FOR_A_VOICE = "tests/endorsements/test_erasing.py::test_a_voice_takes_of_the_room_of_what_the_holder_tells"
SIXTY_WORDS = "tests/shares/test_shown_endorsements.py::test_a_share_shows_so_many_words_and_no_more"

REGISTERS = "tests/registers/test_importing.py::test_there_is_an_end_to_how_many_registers_there_are"
ORGANISATIONS = "tests/registers/test_facts.py::test_there_is_an_end_to_how_many_organisations_a_list_has"
ROWS = "tests/registers/test_importing.py::test_there_is_an_end_to_how_many_rows_one_register_gathers"

WE_KEEP = Says("We keep your badges, your texts and your shares.")
YOUR_TEXTS = Says("Your badges, your texts, your photos, your files and your voice.")
YOUR_SHARES = Says("Your shares.")
YOUR_KEY = Says("What we need to recognise your key.")
BY_MAIL = Says("It shows that a badge is yours, and helps you come back.")
ROOM_OF_BADGES = Says("Your badges have 1 GB of room.")
ROOM_OF_MOMENTS = Says("Your photos, your files and your voice have 500 MB.")
HOW_OFTEN = Says("We count how often a share was opened.")
HAPPENED = Says("We keep a record of what happened for 90 days.")
COURSE_SITE = Says("You can connect a course site, so that it sends badges here.")
WORDS_OF_OTHERS = Says("The comments that others write about you.")
COPIES = Says("Our backups are erased after 30 days.")

OF_ISSUERS = Duties(
    exported=OF_THE_OPERATOR,
    returns=NOT_BROUGHT,
    erased=No("It says who vouches for whom among organisations, whoever leaves."),
    backup=DUMP,
    per_holder=OF_THE_OPERATOR,
    in_all=ONE_EACH,
    told=NOBODYS,
)

# --- tables -----------------------------------------------------------------------------------------------------------

TABLES: Mapping[str, Duties] = {
    # accounts: who it is, and how they come back
    "holders": Duties(
        exported=In("holder"),
        returns=REST_KEPT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=ONE_EACH,
        in_all=Bound(storage_use.MOST_VISITORS, accounts.VISIT_LASTS, refused=VISITORS),
        told=Says("Your first name is optional."),
    ),
    "photos": Duties(
        exported=In("holder.photo"),
        returns=REST_KEPT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=ONE_EACH,
        in_all=WITH_THE_HOLDERS,
        told=Says("Your photo is optional."),
    ),
    "devices": Duties(
        exported=No(archives.SIGNED_IN),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(accounts.MOST_DEVICES, refused=FIFTY_DEVICES),
        in_all=WITH_THE_HOLDERS,
        told=Says("A cookie recognises you on this device."),
    ),
    "passkeys": Duties(
        exported=In("keys[]"),
        returns=No("A key opens the instance that it was made for, and no other."),
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(accounts.MOST_PASSKEYS, refused=TEN_KEYS),
        in_all=WITH_THE_HOLDERS,
        told=YOUR_KEY,
    ),
    "challenges": Duties(
        exported=No(archives.SOON_OVER),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(NEWEST["challenge"][0], refused=CHALLENGES),
        in_all=Bound(NEWEST["challenge"][1], refused=CHALLENGES),
        told=OUT_OF_REACH,
    ),
    "papers": Duties(
        exported=In("paper"),
        returns=No("Only its hash is here, and that opens this instance alone."),
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(1, refused=ONE_PAPER),
        in_all=WITH_THE_HOLDERS,
        told=Says("What we need to recognise your rescue paper."),
    ),
    "addresses": Duties(
        exported=In("addresses[]"),
        returns=REST_KEPT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(emails.MOST_ADDRESSES, refused=FIVE_ADDRESSES),
        in_all=WITH_THE_HOLDERS,
        told=Says("An e-mail address is optional."),
    ),
    "mailed_codes": Duties(
        exported=No(archives.SOON_OVER),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(emails.LETTERS_AN_HOUR["verify"], mailed_codes.CODE_LASTS, refused=LETTERS),
        in_all=Bound(LOOSE["mail"], mailed_codes.CODE_LASTS),
        told=BY_MAIL,
    ),
    "mailed_code_tries": Duties(
        exported=No(archives.SOON_OVER),
        returns=NOT_BROUGHT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(mailed_codes.OF_ALL, mailed_codes.PROMISED, refused=PROMISES),
        in_all=Bound(mailed_codes.OF_ALL, mailed_codes.CODE_LASTS, refused=TRIES),
        told=Says("A seventh one counts your attempts, when you come back by e-mail."),
    ),
    "letters": Duties(
        exported=No(archives.ON_ITS_WAY),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(emails.LETTERS_AN_HOUR["verify"], STRICT["mail"], refused=LETTERS),
        in_all=Bound(LOOSE["mail"], emails.NOTICE_LASTS),
        told=BY_MAIL,
    ),
    "returns": Duties(
        exported=No(archives.COMING_BACK),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(STRICT["paper"], recoveries.LAPSES, accounts.LONGEST, refused=OLD_RETURNS),
        in_all=WITH_THE_HOLDERS,
        told=HAPPENED,
    ),
    "events": Duties(
        exported=In("events[]"),
        returns=REST_KEPT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(accounts.EVENTS_KEPT, accounts.MOST_EVENTS, refused=OLD_EVENTS),
        in_all=WITH_THE_HOLDERS,
        told=HAPPENED,
    ),
    "holder_sizes": Duties(
        exported=No(archives.SIZES),
        returns=By(accounts.add_size),
        erased=SHUT,
        backup=DUMP,
        per_holder=ONE_EACH,
        in_all=Bound(storage_use.MOST_VISITORS, refused=VISITORS),
        told=ROOM_OF_MOMENTS,
    ),
    "moment_sizes": Duties(
        exported=No(archives.SIZES),
        returns=By(accounts.add_texts),
        erased=WITH_THE_MOMENTS,
        backup=DUMP,
        per_holder=Bound(evidence.MOST_MOMENTS, refused=TOO_MANY_MOMENTS),
        in_all=WITH_THE_HOLDERS,
        told=NEVER_MET,
    ),
    # badges
    "badges": Duties(
        exported=In("badges[]"),
        returns=KEPT,
        erased=WITH_THE_BADGES,
        backup=DUMP,
        per_holder=Bound(badges.MOST_BADGES, refused=TOO_MANY_BADGES),
        in_all=Bound(quota.OF_VISITORS, refused=NO_ROOM_OF_VISITORS),
        told=WE_KEEP,
    ),
    "badge_sizes": Duties(
        exported=No(archives.SIZES),
        returns=By(badges.note_badge_size),
        erased=WITH_THE_BADGES,
        backup=DUMP,
        per_holder=Bound(badges.MOST_BADGES, refused=TOO_MANY_BADGES),
        in_all=WITH_THE_HOLDERS,
        told=ROOM_OF_BADGES,
    ),
    "handovers": Duties(
        exported=No(archives.SOON_OVER),
        returns=NOT_BROUGHT,
        erased=By(badges.erase_shared_items),
        backup=DUMP,
        per_holder=Bound(
            STRICT["handover"], badges.SHARED_ITEM_LASTS, share_target.OF_ONE_HOLDER, refused=OWN_HANDOVERS
        ),
        in_all=Bound(LOOSE["handover"], badges.SHARED_ITEM_LASTS, share_target.ROOM, refused=ALL_HANDOVERS),
        told=Says("A fifth one finds what you shared with this app again."),
    ),
    "holder_keys": Duties(
        exported=In("badges[].bound_to"),
        returns=No("Its private half is in no archive."),
        erased=WITH_THE_BADGES,
        backup=DUMP,
        per_holder=Bound(badges.MOST_BADGES, refused=TOO_MANY_BADGES),
        in_all=WITH_THE_HOLDERS,
        told=Says("A badge given to you here has a secret key of its own."),
    ),
    # issuance: offers on their way
    "issuances": Duties(
        exported=No(archives.OF_AN_OFFER),
        returns=NOT_BROUGHT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(STRICT["import"], openid4vci.OFFER_LASTS, openid4vci.MOST_PROMISED, refused=FIFTY_PROMISES),
        in_all=Bound(LOOSE["import"], openid4vci.OFFER_LASTS),
        told=Says("An offer of a badge is erased after 30 minutes."),
    ),
    # evidence: what they tell themselves
    "evidence": Duties(
        exported=In("evidence[]"),
        returns=MOMENTS_KEPT,
        erased=WITH_THE_MOMENTS,
        backup=DUMP,
        per_holder=Bound(evidence.MOST_MOMENTS, refused=TOO_MANY_MOMENTS),
        in_all=Bound(editing.OF_VISITORS, refused=MOMENTS_OF_VISITORS),
        told=WE_KEEP,
    ),
    "answers": Duties(
        exported=In("evidence[].answers[]"),
        returns=MOMENTS_KEPT,
        erased=WITH_THE_MOMENTS,
        backup=DUMP,
        per_holder=Bound(editing.ROOM, STRICT["change"], refused=TOLD_ENOUGH),
        in_all=Bound(editing.OF_VISITORS, refused=MOMENTS_OF_VISITORS),
        told=YOUR_TEXTS,
    ),
    "evidenced_badges": Duties(
        exported=In("evidence[].badges[]"),
        returns=MOMENTS_KEPT,
        erased=WITH_THE_MOMENTS,
        backup=DUMP,
        per_holder=Bound(badges.MOST_BADGES, evidence.MOST_MOMENTS, refused=TOO_MANY_MOMENTS),
        in_all=WITH_THE_HOLDERS,
        told=YOUR_TEXTS,
    ),
    "attachments": Duties(
        exported=In("evidence[].attachments[]"),
        returns=ATTACHED,
        erased=WITH_THE_MOMENTS,
        backup=DUMP,
        per_holder=Bound(evidence.MOST_ATTACHED, editing.ROOM, refused=FIFTY),
        in_all=Bound(editing.OF_VISITORS, refused=MOMENTS_OF_VISITORS),
        told=YOUR_TEXTS,
    ),
    "sendings": Duties(
        exported=No(archives.CAME_ONCE),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(STRICT["attach"], offline_drafts.REMEMBERED, refused=OLD_DRAFTS),
        in_all=WITH_THE_HOLDERS,
        told=No(
            "It is the name of a draft that came, so that it comes in once: what became of it is told as their texts."
        ),
    ),
    # endorsements: what others say of them
    "endorsement_requests": Duties(
        exported=No(archives.OF_A_REQUEST),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(
            words_of_others.MOST_OPEN_REQUESTS,
            words_of_others.UNANSWERED_LASTS,
            STRICT["change"],
            refused=TWENTY_REQUESTS,
        ),
        in_all=Bound(words_of_others.UNANSWERED_LASTS, refused=OLD_REQUESTS),
        told=Says("A request for a comment is erased after 30 days."),
    ),
    "endorsements": Duties(
        exported=In("endorsements[]"),
        returns=By(import_endorsements.keep_endorsements),
        erased=By(endorsements.erase_endorsements),
        backup=DUMP,
        per_holder=Bound(words_of_others.MOST_ENDORSEMENTS, refused=TOO_MANY_WORDS),
        in_all=WITH_THE_HOLDERS,
        told=WORDS_OF_OTHERS,
    ),
    "status_lists": Duties(
        exported=NOBODYS,
        returns=By(endorsements.claim_place),
        erased=No("Its places were drawn by lot, and say of nobody who had them; what is withdrawn stays withdrawn."),
        backup=DUMP,
        per_holder=NOBODYS,
        in_all=No("One of 48 KB for each 65,536 words that were signed."),
        told=Says("We note that a comment was withdrawn, without any name."),
    ),
    # messages: what is answered to them
    "messages": Duties(
        exported=In("messages[]"),
        returns=REST_KEPT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(messages.MOST_MESSAGES, messages.KEPT, refused=ENOUGH_MESSAGES),
        in_all=Bound(LOOSE["reply"], messages.KEPT),
        told=Says("A message from an employer stays for 12 months."),
    ),
    # issuance: platforms that send badges, and what they sent
    "sent_badges": Duties(
        exported=No(archives.OF_A_SENDER),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(platforms.MOST_LINKS, issuance.MOST_WAITING, STRICT["sent"], refused=FIFTY_WAITING),
        in_all=WITH_THE_HOLDERS,
        told=Says("A badge that a connected site sends may wait for your answer."),
    ),
    "platform_links": Duties(
        exported=In("platforms[]"),
        returns=No("It would let somebody send badges to whoever brings an archive; events tell of it as history."),
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(platforms.MOST_LINKS, refused=FIFTY_PLATFORMS),
        in_all=WITH_THE_HOLDERS,
        told=COURSE_SITE,
    ),
    "platform_codes": Duties(
        exported=No(archives.OF_A_PLATFORM),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(platforms.MOST_LINKS, platforms.MOST_CODES, refused=TEN_CODES),
        in_all=WITH_THE_HOLDERS,
        told=COURSE_SITE,
    ),
    "platform_tokens": Duties(
        exported=No(archives.OF_A_PLATFORM),
        returns=NOT_BROUGHT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(platforms.MOST_LINKS, platforms.MOST_TOKENS, refused=TWENTY_TOKENS),
        in_all=WITH_THE_HOLDERS,
        told=COURSE_SITE,
    ),
    # shares: what they show
    "shares": Duties(
        exported=In("shares[]"),
        returns=SHARES_KEPT,
        erased=SHUT,
        backup=DUMP,
        per_holder=Bound(shares.MOST_SHARES, STRICT["share"], refused=TOO_MANY_SHARES),
        in_all=WITH_THE_HOLDERS,
        told=YOUR_SHARES,
    ),
    "shown_badges": Duties(
        exported=In("shares[].badges[]"),
        returns=SHARES_KEPT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(badges.MOST_BADGES, STRICT["share"]),
        in_all=WITH_THE_HOLDERS,
        told=YOUR_SHARES,
    ),
    "exhibits": Duties(
        exported=In("shares[].exhibits[]"),
        returns=By(evidence_snapshots.restore_snapshots),
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(evidence_snapshots.MOST_SHOWN_MOMENTS, STRICT["share"], refused=SIXTY),
        in_all=WITH_THE_HOLDERS,
        told=Says("You choose what you show, and until when."),
    ),
    "shown_endorsements": Duties(
        exported=In("shares[].endorsements[]"),
        returns=By(shares.restore_endorsements),
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(shown_endorsements.MOST_SHOWN_ENDORSEMENTS, STRICT["share"], refused=SIXTY_WORDS),
        in_all=WITH_THE_HOLDERS,
        told=Says("You choose what you show, and until when."),
    ),
    "share_editions": Duties(
        exported=In("shares[].editions[]"),
        returns=By(editions.restore_editions),
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(
            editions.MOST_EDITIONS,
            editions.MOST_OF_HOLDER,
            editions.MOST_LETTERS,
            STRICT["share"],
            refused=HUNDRED_EDITIONS,
        ),
        in_all=WITH_THE_HOLDERS,
        told=Says("We keep what each share showed before you changed it."),
    ),
    "openings": Duties(
        exported=In("shares[].openings[]"),
        returns=By(view_counts.restore_views),
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(lifecycle.LONGEST, STRICT["opening"]),
        in_all=WITH_THE_HOLDERS,
        told=HOW_OFTEN,
    ),
    "passcodes": Duties(
        exported=No(archives.OF_A_CODE),
        returns=NOT_BROUGHT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=No("A share has one."),
        in_all=WITH_THE_HOLDERS,
        told=YOUR_SHARES,
    ),
    "reports": Duties(
        exported=No(archives.OF_OTHERS),
        returns=NOT_BROUGHT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(abuse_reports.MOST, refused=FIFTY_REPORTS),
        in_all=Bound(LOOSE["report"]),
        told=Says("We keep their words with the share."),
    ),
    "calls": Duties(
        exported=No("It is an employer’s, who has no wallet here, and reads it by a link of their own."),
        returns=NOT_BROUGHT,
        erased=No("No holder has any: it goes 60 days after it ended."),
        backup=DUMP,
        per_holder=No("No holder has any."),
        in_all=Bound(calls.MOST_CALLS, calls.CALL_LASTS, calls.ANSWER_LASTS, LOOSE["call"], refused=TOO_MANY_CALLS),
        told=Says("We keep the job, the name of your company and the skills."),
    ),
    "call_answers": Duties(
        exported=No(archives.OF_A_CALL),
        returns=NOT_BROUGHT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(shares.MOST_SHARES, STRICT["share"]),
        in_all=Bound(calls.MOST_CALLS, calls.MOST_ANSWERS, refused=ANSWERS_ENOUGH),
        told=Says("Do you answer an advert? Your answer is a share."),
    ),
    "petitions": Duties(
        exported=No(archives.OF_A_PETITION),
        returns=NOT_BROUGHT,
        erased=BY_CASCADE,
        backup=DUMP,
        per_holder=Bound(petitions.MOST_OPEN, STRICT["petition"], refused=THREE_PETITIONS),
        in_all=Bound(petitions.MOST_A_DAY, LOOSE["petition"], petitions.PETITION_LASTS, refused=THIRTY_A_DAY),
        told=Says("Do you ask for a badge? We keep which one, whom you ask, and the answer."),
    ),
    # operations: what is told of all together
    "figures": Duties(
        exported=No("They are of all holders together, and of nobody."),
        returns=NOT_BROUGHT,
        erased=No("What was told of a month was told, blurred so that it says of nobody whether they were there."),
        backup=DUMP,
        per_holder=No("However many holders there are, a month has as many figures."),
        in_all=No("Some dozens a month: as many as there are levels in the frameworks that are on."),
        told=Says("Nobody can find you in it."),
    ),
    # registers: what the operator and those whom they trust say of issuers
    "trust_edition": OF_ISSUERS,
    "registers": replace(OF_ISSUERS, in_all=Bound(registers_read.MOST_REGISTERS, refused=REGISTERS)),
    "register_rows": replace(
        OF_ISSUERS, in_all=Bound(registers_read.MOST_REGISTERS, registers_read.MOST_ROWS, refused=ROWS)
    ),
    "facts": replace(
        OF_ISSUERS, in_all=Bound(registers_read.MOST_REGISTERS, public_lists.MOST_FACTS, refused=ORGANISATIONS)
    ),
    "register_changes": replace(
        OF_ISSUERS,
        in_all=No("It is the operator’s own log, and only grows: with what they, or those they pinned, change."),
    ),
    # rechecks: how the hosts of issuers bear being asked
    "hosts": Duties(
        exported=NOBODYS,
        returns=NOT_BROUGHT,
        erased=No("It says how often the host of an issuer may be asked, whoever has badges of it."),
        backup=DUMP,
        per_holder=NOBODYS,
        in_all=Bound(rechecked_hosts.FORGOTTEN, refused=OLD_HOSTS),
        told=NOBODYS,
    ),
    # storage: nobody's
    "file_removals": Duties(
        exported=NOBODYS,
        returns=NOT_BROUGHT,
        erased=No("The hash of a file that went stays for an hour after it: it keeps others from naming what is gone."),
        backup=DUMP,
        per_holder=NOBODYS,
        in_all=Bound(file_removals.LATELY, refused=GONE_FILES),
        told=NOBODYS,
    ),
    "rate_counts": Duties(
        exported=No("It is how much was done in the last hours, of which nobody can read whose it was."),
        returns=NOT_BROUGHT,
        erased=No("Nobody can find theirs among them: a name is a hash by our keys. Each is gone within two days."),
        backup=No("It counts for hours: a wallet that is brought back begins anew."),
        per_holder=NOBODYS,
        in_all=Bound(rate_counts.PIECES, timedelta(days=2), refused=OLD_COUNTS),
        told=Says("We count how often one network asks for something, for less than two days."),
    ),
    "leases": Duties(
        exported=NOBODYS,
        returns=NOT_BROUGHT,
        erased=No("It says which process does the chores, whoever is in the wallet."),
        backup=No("It is over before any backup is brought back."),
        per_holder=NOBODYS,
        in_all=No("There is one for each kind of chores."),
        told=NOBODYS,
    ),
    "kept_files": Duties(
        exported=No(
            "It repeats which files the badges, and what goes with moments, need; these are taken away with them."
        ),
        returns=KEPT,
        erased=WITH_THE_BADGES,
        backup=DUMP,
        per_holder=No("It has a line for each file of a row, which are bounded themselves."),
        in_all=WITH_THE_HOLDERS,
        told=NEVER_MET,
    ),
    "store": Duties(
        exported=NOBODYS,
        returns=NOT_BROUGHT,
        erased=No("It says which store this is, whoever is in it."),
        backup=DUMP,
        per_holder=NOBODYS,
        in_all=ONE_EACH,
        told=NOBODYS,
    ),
}
"""By the name of the table."""

# --- files on the shelf -----------------------------------------------------------------------------------------------

DOCUMENT = Duties(
    exported=In(archives.FILES),
    returns=KEPT,
    erased=WITH_THE_BADGES,
    backup=SHELF_OF_BACKUPS,
    per_holder=Bound(quota.ROOM, inspection.BIGGEST_FILE, refused=NO_ROOM),
    in_all=Bound(quota.OF_VISITORS, refused=NO_ROOM_OF_VISITORS),
    told=WE_KEEP,
)
RESPONSES = replace(
    DOCUMENT,
    returns=By(import_responses.ArchivedResponses),
    per_holder=Bound(quota.ROOM, issuer_responses.RESPONSE_LIMIT, refused=SHORT_RESPONSES),
    told=Says("To check a badge, we ask the issuer’s site."),
)
"""What issuers answered when the badge was looked at."""
ATTACHMENT = Duties(
    exported=In(archives.MOMENTS),
    returns=ATTACHED,
    erased=WITH_THE_MOMENTS,
    backup=SHELF_OF_BACKUPS,
    per_holder=Bound(editing.ROOM, editing.OF_A_VISITOR, evidence.BIGGEST_ATTACHMENT, refused=TOO_HEAVY),
    in_all=Bound(editing.OF_VISITORS, refused=MOMENTS_OF_VISITORS),
    told=YOUR_TEXTS,
)

SHELF: Mapping[str, Duties] = {
    "badges.document": DOCUMENT,
    "badges.came_in": replace(
        DOCUMENT,
        exported=In(archives.BADGES),
        per_holder=Bound(quota.ROOM, badges.FILE_LIMIT, refused=TOO_HEAVY_A_BADGE),
    ),
    "badges.own_contexts": replace(
        DOCUMENT,
        per_holder=Bound(quota.ROOM, openbadges.LARGEST_CONTEXT, openbadges.MOST_CONTEXTS, refused=TOO_LARGE_WORDS),
        told=Says("We ask for it once, only when you say so."),
    ),
    "badges.picture": replace(DOCUMENT, returns=No("It is drawn again from the badge itself.")),
    "badges.examination": RESPONSES,
    "badges.good": RESPONSES,
    "badges.history": replace(RESPONSES, returns=No("What an older archive told stays in the one that it is told in.")),
    "attachments.file": ATTACHMENT,
    "attachments.preview": replace(
        ATTACHMENT,
        exported=No(archives.MADE_AGAIN),
        returns=No("It is made again from the photo itself, which comes back."),
    ),
    "endorsements.document": replace(
        DOCUMENT,
        exported=In(archives.ENDORSEMENTS),
        returns=By(import_endorsements.take_endorsement),
        erased=By(endorsements.erase_endorsements),
        per_holder=Bound(editing.ROOM, words_of_others.MOST_ENDORSEMENTS, refused=NO_ROOM_FOR_A_VOICE),
        in_all=Bound(editing.OF_VISITORS, refused=MOMENTS_OF_VISITORS),
        told=WORDS_OF_OTHERS,
    ),
    "endorsements.recording": replace(
        ATTACHMENT,
        exported=In(archives.ENDORSEMENTS),
        returns=By(import_endorsements.take_endorsement),
        erased=By(endorsements.erase_endorsements),
        per_holder=Bound(editing.ROOM, evidence.BIGGEST_ATTACHMENT, refused=NO_ROOM_FOR_A_VOICE),
        told=WORDS_OF_OTHERS,
    ),
    "handovers.brought": Duties(
        exported=No(archives.SOON_OVER),
        returns=NOT_BROUGHT,
        erased=By(badges.erase_shared_items),
        backup=SHELF_OF_BACKUPS,
        per_holder=Bound(share_target.OF_ONE_HOLDER, refused=OWN_HANDOVERS),
        in_all=Bound(share_target.ROOM, BYTES["handover"], refused=ALL_HANDOVERS),
        told=Says("A fifth one finds what you shared with this app again."),
    ),
}
"""By the column that names the file, or whose JSON does."""
NO_FILE: Mapping[str, str] = {
    "sent_badges.document": "what a platform is told, while the badge itself names the same file",
    "badges.identity": "a hash of who says it and under which id",
    "file_removals.name": "a file that is to go, or is gone",
    "kept_files.name": "it repeats what other columns name, and says of no file that it is needed by itself",
    "attachments.media_type": "a word",
    "endorsements.media_type": "a word",
    "registers.sha256": "a hash of a register, which is kept as rows",
}
"""Columns as long as the name of a file that name none that is needed."""

# --- files beside them ------------------------------------------------------------------------------------------------

OURS = Duties(
    exported=OF_THE_OPERATOR,
    returns=NOT_BROUGHT,
    erased=NOBODYS,
    backup=No("It is of this machine and this moment."),
    per_holder=OF_THE_OPERATOR,
    in_all=ONE_EACH,
    told=NOBODYS,
)
IN_A_BACKUP = replace(
    OURS,
    erased=By(backup._prune),
    backup=No("It is the backup."),
    in_all=Bound(timedelta(days=backup.DAYS), refused=OLD_BACKUPS),
    told=COPIES,
)
IN_A_RESTORE = replace(OURS, erased=No("It goes when the restore ends, which is before anybody is served."))

FILES: Mapping[str, Duties] = {
    "wallet.sqlite3": replace(OURS, erased=BY_CASCADE, backup=DUMP, in_all=WITH_THE_HOLDERS, told=WE_KEEP),
    "wallet.sqlite3-*": replace(
        OURS, erased=By(storage.Database.scrub), in_all=No("SQLite's own log and index: they are emptied all the time.")
    ),
    "files/??/??/*": replace(
        OURS, erased=By(erasure.Erasure._remove), backup=SHELF_OF_BACKUPS, in_all=WITH_THE_HOLDERS, told=WE_KEEP
    ),
    "files/drafts/*": replace(
        OURS,
        erased=By(folder.Folder.sweep),
        backup=No("It is half written."),
        in_all=Bound(folder.LEFTOVER, refused=HALF_WRITTEN),
    ),
    "files/aside/*": replace(
        OURS,
        erased=By(folder.Folder.remove),
        backup=No("No row needs it."),
        in_all=Bound(cleanup.STAYS, refused=ASIDE),
    ),
    "files/store-id": replace(OURS, erased=No("It says which store this is."), backup=In(MANIFEST)),
    "keys.json": replace(OURS, erased=No("They are the instance's own keys, for all holders."), backup=In(KEYS)),
    "last-backup": replace(
        OURS, erased=No("It is empty: its time says when a backup was taken."), backup=No("It is about backups.")
    ),
    "wallet.sqlite3.draft*": IN_A_RESTORE,
    "keys.json.restoring": IN_A_RESTORE,
    "keys.json.restore-begun": IN_A_RESTORE,
    "erasures": replace(
        OURS,
        erased=No("A hash of a number drawn by lot, and a day: with it no backup brings back who left."),
        backup=In(LEDGER),
        in_all=Bound(erasure_log.KEPT, refused=OLD_LINES),
        told=Says("This note has no name, and stays 90 days."),
    ),
    "files/ledger/*": replace(
        OURS,
        erased=No("A hash of a number drawn by lot, and a day: with it no backup brings back who left."),
        backup=In(LEDGER),
        in_all=Bound(erasure_log.KEPT, refused=OLD_LINES),
        told=Says("This note has no name, and stays 90 days."),
    ),
    ".*": replace(OURS, erased=No("It is half written, and the next who writes takes its place.")),
    "ballast": replace(OURS, in_all=Bound(disk_reserve.SIZE, refused=ON_EACH_DISK)),
    "backups/*Z/wallet.sqlite3": IN_A_BACKUP,
    "backups/*Z/keys.json": replace(IN_A_BACKUP, told=NOBODYS),
    "backups/*Z/erasures": replace(IN_A_BACKUP, told=NOBODYS),
    "backups/*Z/manifest.json": replace(IN_A_BACKUP, told=NOBODYS),
    "backups/partial-*/*": IN_A_BACKUP,
    "backups/files/??/??/*": IN_A_BACKUP,
}
"""By their path, the database in SQLite and all in one folder. Uploads and what a child answers have files without a name
(TemporaryFile), which are gone with whoever opened them."""
