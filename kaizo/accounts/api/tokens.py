"""Making, checking and revoking API tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kaizo.accounts.api.models import REMEMBERED, ApiRequest, ApiToken, Scope
from kaizo.accounts.events import Event, record
from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action, can
from kaizo.core.tenancy import tenant_scope

PREFIX = "kaizo_"
LONGEST_LIFE = timedelta(days=365)
_BYTES = 32
# A token that is busy is not written to with every request.
_SEEN_AGAIN = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create_token(
    *, actor: Membership, name: str, scopes: Sequence[Scope], valid_for: timedelta
) -> tuple[ApiToken, str]:
    """A token that acts for the actor, and its secret, which is known this once only.

    Raises DomainError without a scope, or for more than a year.
    """
    if not scopes:
        raise DomainError(_("Choose what the token may be used for."))
    if not timedelta(0) < valid_for <= LONGEST_LIFE:
        raise DomainError(_("A token is valid for a year at most."))
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    now = clock.now()
    with tenant_scope(actor.organisation_id):
        token: ApiToken = ApiToken.objects.create(
            organisation_id=actor.organisation_id,
            membership=actor,
            name=name,
            digest=digest_of(secret),
            ending=secret[-4:],
            scopes=sorted({Scope(scope).value for scope in scopes}),
            created_at=now,
            expires_at=now + valid_for,
        )
        record(Event.API_TOKEN_CREATED, actor=actor, target=token, affected=actor.user)
    return token, secret


def revoke_token(*, token: ApiToken, actor: Membership | None) -> None:
    """From now on it opens nothing. Idempotent."""
    with tenant_scope(token.organisation_id):
        if token.revoked_at is None:
            token.revoked_at = clock.now()
            token.save(update_fields=["revoked_at"])
            holder = Membership.objects.select_related("user").get(pk=token.membership_id)
            record(Event.API_TOKEN_REVOKED, actor=actor, target=token, affected=holder.user)


def usable_token(secret: str) -> ApiToken | None:
    """The token of the organisation in scope with its holder, if it may be used now; notes that it
    was. None for one that is unknown, expired or revoked, or whose holder left or has to choose a
    new password first."""
    now = clock.now()
    found: ApiToken | None = (
        ApiToken.objects.filter(
            digest=digest_of(secret),
            revoked_at__isnull=True,
            expires_at__gt=now,
            membership__is_active=True,
            membership__user__is_active=True,
            membership__user__password_reset_required=False,
        )
        .select_related("membership__user", "membership__organisation")
        .first()
    )
    if found is not None:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _SEEN_AGAIN)
        if found.last_used_at is None or found.last_used_at < now - _SEEN_AGAIN:
            ApiToken.objects.filter(stale, pk=found.pk).update(last_used_at=now)
    return found


def tokens_of(actor: Membership) -> QuerySet[ApiToken]:
    """The actor's own, or all for those who manage them; the usable first, then the latest."""
    found: QuerySet[ApiToken] = ApiToken.objects.select_related("membership__user").order_by(
        "revoked_at", "-created_at", "-pk"
    )
    return found if can(actor, Action.MANAGE_API_TOKENS) else found.filter(membership=actor)


def forget_requests() -> int:
    """Delete the keys of requests that are older than a day, in the organisation in scope."""
    old = ApiRequest.objects.filter(created_at__lt=clock.now() - REMEMBERED)
    deleted, _by_model = old.delete()
    return deleted
