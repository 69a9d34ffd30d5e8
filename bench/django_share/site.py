"""The two pages, three queries each, and a bare hello."""

from hashlib import sha256

from django.contrib.auth.decorators import login_required
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone


def hello(_request: HttpRequest) -> HttpResponse:
    """Nothing but a word."""
    return HttpResponse("hello")


def share(request: HttpRequest, token: str) -> HttpResponse:
    """What a recruiter sees: state, end and stop are asked at every request, as we do."""
    from bench.django_share.models import Share, ShownBadge  # noqa: PLC0415  # Django wants its settings first

    token_hash = sha256(token.encode()).hexdigest()
    found = Share.objects.filter(token_hash=token_hash, stopped_at=None, ends_at__gt=timezone.now()).first()
    if found is None:
        raise Http404
    shown = ShownBadge.objects.filter(share=found, badge__removed_at=None).order_by("place")
    badges = list(shown.select_related("badge__issuer").prefetch_related("badge__skills"))
    return render(request, "share.html", {"share": found, "shown": badges, "token": token})


@login_required
def badges(request: HttpRequest) -> HttpResponse:
    """My badges: the session and the user are the two other queries."""
    from bench.django_share.models import Badge  # noqa: PLC0415  # Django wants its settings first

    mine = Badge.objects.filter(holder=request.user, removed_at=None).order_by("-added_at", "-id")
    return render(request, "badges.html", {"badges": list(mine.select_related("issuer"))})


def badge(_request: HttpRequest, id: int) -> HttpResponse:
    """For the links of the pages, which nobody follows here."""
    return HttpResponse(str(id))


urlpatterns = [
    path("hello", hello),
    path("s/<str:token>", share, name="share"),
    path("s/<str:token>/pictures/<int:id>", badge, name="shared_picture"),
    path("badges", badges, name="badges"),
    path("badges/<int:id>", badge, name="badge"),
    path("badges/<int:id>/picture", badge, name="picture"),
]
application = get_wsgi_application()
