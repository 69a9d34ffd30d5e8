"""Puts what bench/share.py tells on standard input into the tables, and says by which session the holder is signed in."""

import json
import os
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.django_share.settings"
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

from bench.django_share.models import Badge, Issuer, Share, ShownBadge, Skill  # noqa: E402


def main() -> None:
    """Make the tables and fill them."""
    told = json.load(sys.stdin)
    call_command("migrate", run_syncdb=True, verbosity=0)
    user = User.objects.create_user("holder")
    for one in told["badges"]:
        issuer, _ = Issuer.objects.get_or_create(name=one.pop("issuer_name"))
        skills = one.pop("skills")
        kept = Badge.objects.create(holder=user, issuer=issuer, **one)
        Skill.objects.bulk_create(Skill(badge=kept, **skill) for skill in skills)
    share = Share.objects.create(**told["share"])
    for place, kept in enumerate(Badge.objects.order_by("id")[: told["shown"]]):
        ShownBadge.objects.create(share=share, badge=kept, place=place)
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    print(session.session_key)


if __name__ == "__main__":
    main()
