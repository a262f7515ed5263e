"""What the watch keeps: that officers were told of a request."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.registry import Keep, NotPersonal, Personal, Rule, Via, call, declare, no_personal_data
from privacy.rights.deadline_watch.models import DeadlineAlert, DeadlineWatch

_PROOF = Keep("proof that the request was answered (GDPR Art. 5(2), 12)", rule="rights_request")

declare(
    DeadlineAlert,
    subject=[
        Via("request__subject", "customer", role="requester", on_erase="keep"),
        Via("request__subject", "agent", role="requester", on_erase="keep"),
    ],
    purposes={Purpose.SUBJECT_ACCESS},
    retention=Rule("rights_request", trigger="told_at"),
    row=_PROOF,
    fields={
        "kind": Personal("metadata.state", erase=_PROOF),
        "due_at": NotPersonal("when the law wants an answer"),
        "told_at": Personal("metadata.time", erase=_PROOF),
    },
)
no_personal_data(DeadlineWatch, "when somebody last looked, one moment of the whole installation")

call({DeadlineAlert: _("this request and how it was answered")})
