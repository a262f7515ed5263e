"""Letters, for privacy officers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights.access import access_message, access_request
from privacy.rights.correspondence import services
from privacy.rights.correspondence.forms import LetterForm
from privacy.rights.pages import request_page, to_request


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def write(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = LetterForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, letter_form=form)
    services.write_to_person(
        found, text=form.cleaned_data["text"], actor_user_id=request.actor.user_id
    )
    messages.success(request, _("Written. The person is told that there is a letter."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def told(request: TenantRequest, message_id: UUID) -> HttpResponse:
    """The letter went by post, or was said on the telephone."""
    message = access_message(message_id)
    services.tell_by_hand(message, actor_user_id=request.actor.user_id)
    return to_request(request, message.request)
