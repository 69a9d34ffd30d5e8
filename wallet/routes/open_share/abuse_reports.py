"""« Signaler »: whoever is shown a share says what is wrong with it; the cookie is read to leave its owner out, and for
nothing else."""

from ... import shares, storage, web
from .entry import addresses, asked, is_owner, not_open, or_closed, pass_of, passed

TOO_MANY, UNREADABLE = 429, 422
MADE = "made"


@or_closed
@web.rate_limited("open")
def report(visit: web.Visit) -> web.Response:
    """The place to say what is wrong; thanks, when it was said."""
    return _page(visit, passed(visit), is_made=visit.query.text("done") == MADE)


def redraw(visit: web.Visit) -> web.Response:
    """With what was chosen and typed."""
    try:
        return _page(visit, passed(visit))
    except storage.Missing as problem:
        return not_open(visit, problem, visit.form.text("reason"), _words(visit))


def make(visit: web.Visit) -> web.Response:
    """Keep what was said, for the operator; what is not kept stays in the form, or stands on the page of what is not open."""
    try:
        return _make(visit, passed(visit))
    except storage.Missing as problem:
        return not_open(visit, problem, visit.form.text("reason"), _words(visit))


def _make(visit: web.Visit, open_share: shares.OpenShare) -> web.Response:
    reason, words, token = visit.form.text("reason"), _words(visit), visit.part["token"]
    if reason not in shares.REPORT_REASONS:
        return _page(visit, open_share, UNREADABLE, problem="choose")
    if len(words) > shares.REPORT_WORDS_LIMIT:
        return _page(visit, open_share, UNREADABLE, problem="too-long")
    if is_owner(visit, open_share):
        return _page(visit, open_share, UNREADABLE, problem="own")
    limits = visit.services.rate_limits
    if not limits.allow("report here", visit.request, ((open_share.id, limits.network(visit.request)),)):
        return _page(visit, open_share, TOO_MANY, problem="said-here")
    # By the share nothing is refused: its owner, from elsewhere, would silence all others (shares/abuse_reports.py keeps the newest).
    if not limits.allow("report", visit.request, ()):
        return _page(visit, open_share, TOO_MANY, problem="too-often")
    visit.keep(shares.make_report, open_share.id, reason, words, visit.now)
    key = pass_of(visit, open_share)
    return visit.go("shared.report", asked(visit, f"done={MADE}", f"pass={key}" if key else ""), token=token)


def _page(
    visit: web.Visit, open_share: shares.OpenShare, status: int = 200, *, problem: str = "", is_made: bool = False
) -> web.Response:
    token, key = visit.part["token"], pass_of(visit, open_share)
    return visit.page(
        "open_share/report.html",
        status,
        token=token,
        key=key,
        at=addresses(visit, token, key),
        problem=problem,
        is_made=is_made,
        reason=visit.form.text("reason"),
        words=_words(visit),
        limit=shares.REPORT_WORDS_LIMIT,
    )


def _words(visit: web.Visit) -> str:
    return visit.form.text("words", web.FIELD_LIMIT).replace("\r\n", "\n")
