"""The letter of a decision: what was decided and why, how to appeal, and where to complain."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from privacy.rights.authorities import ALL, authority_of
from privacy.rights.correspondence.models import RequestMessage
from privacy.rights.correspondence.services import write_to_person
from privacy.rights.models import RightsRequest


def tell_decision(
    request: RightsRequest, text: str, *, actor_user_id: int | None, of_appeal: bool
) -> RequestMessage:
    """Write it in the person's language."""
    with translation.override(request.language or settings.LANGUAGE_CODE):
        parts = [_verdict(request, of_appeal=of_appeal), text]
        if not of_appeal:
            parts.append(
                _("If you do not agree, ask for another look: somebody else decides then.")
            )
        parts.append(_complaint(request))
    return write_to_person(
        request,
        text="\n\n".join(part for part in parts if part),
        kind=RequestMessage.Kind.DECISION,
        actor_user_id=actor_user_id,
    )


def tell_extension(request: RightsRequest, reason: str, *, actor_user_id: int) -> RequestMessage:
    """Until when the answer takes, and why."""
    with translation.override(request.language or settings.LANGUAGE_CODE):
        until = timezone.localtime(request.extended_to, ZoneInfo(request.organisation.time_zone))
        text = _("We need longer to answer, until %(day)s at the latest. %(reason)s") % {
            "day": date_format(until, "DATE_FORMAT"),
            "reason": reason,
        }
        parts = [text, _complaint(request)]
    return write_to_person(
        request,
        text="\n\n".join(parts),
        kind=RequestMessage.Kind.MESSAGE,
        actor_user_id=actor_user_id,
    )


def _verdict(request: RightsRequest, *, of_appeal: bool) -> str:
    if of_appeal:
        return _("We have looked at it again.")
    verdict = str(request.get_decision_display())
    if request.refusal_ground:
        verdict = f"{verdict}: {request.get_refusal_ground_display()}"
    return verdict


def _complaint(request: RightsRequest) -> str:
    authority = authority_of(request.organisation.country)
    if authority is None:
        return _("You can complain to a data protection authority: %(url)s") % {"url": ALL}
    return _(
        "You can complain to a data protection authority, and go to court."
        " Our authority is %(name)s (%(url)s)."
    ) % {"name": authority.name, "url": authority.url}
