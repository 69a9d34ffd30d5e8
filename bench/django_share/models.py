"""The tables: what is kept of a badge in columns, its sentences among them, so that nothing is left but to show it."""

from django.contrib.auth.models import User
from django.db import models


class Issuer(models.Model):
    """Who gave a badge."""

    name = models.TextField()


class Badge(models.Model):
    """A badge in a holder's wallet."""

    holder = models.ForeignKey(User, on_delete=models.CASCADE)
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE)
    name = models.TextField()
    level = models.TextField()
    description = models.TextField()
    language = models.TextField()
    criteria = models.TextField()
    head = models.TextField()
    advice = models.TextField()
    chip = models.TextField()
    checks = models.JSONField()
    issued_on = models.DateTimeField()
    checked_at = models.DateTimeField()
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class Skill(models.Model):
    """What a badge speaks of."""

    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="skills")
    name = models.TextField()
    url = models.TextField()


class Share(models.Model):
    """Something that a holder shows."""

    token_hash = models.CharField(max_length=64, unique=True)
    name = models.TextField()
    word = models.TextField()
    ends_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)


class ShownBadge(models.Model):
    """A badge in a share."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE)
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE)
    place = models.IntegerField()
