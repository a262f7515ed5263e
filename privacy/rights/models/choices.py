"""What a request can be, where it can stand, and what a decision can rest on."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.rights import states


class RequestKind(models.TextChoices):
    ACCESS = states.Kind.ACCESS, _("A copy of my data")
    PORTABILITY = states.Kind.PORTABILITY, _("My data in a format for another service")
    RECTIFICATION = states.Kind.RECTIFICATION, _("Correct my data")
    ERASURE = states.Kind.ERASURE, _("Erase my data")
    RESTRICTION = states.Kind.RESTRICTION, _("Freeze my data")
    OBJECTION = states.Kind.OBJECTION, _("Object to a use of my data")
    CONSENT_WITHDRAWAL = states.Kind.CONSENT_WITHDRAWAL, _("Withdraw my consent")
    CONTEST = states.Kind.CONTEST, _("Contest an automated score")
    COMPLAINT_INFORMATION = states.Kind.COMPLAINT_INFORMATION, _("Where to complain")


# What those who answer call it, by the headings of GDPR Art. 7 and 15 to 22.
RIGHTS: Final = {
    RequestKind.ACCESS: _("Access"),
    RequestKind.PORTABILITY: _("Portability"),
    RequestKind.RECTIFICATION: _("Rectification"),
    RequestKind.ERASURE: _("Erasure"),
    RequestKind.RESTRICTION: _("Restriction"),
    RequestKind.OBJECTION: _("Objection"),
    RequestKind.CONSENT_WITHDRAWAL: _("Withdrawal of consent"),
    RequestKind.CONTEST: _("Contest of an automated score"),
    RequestKind.COMPLAINT_INFORMATION: _("Information on complaints"),
}


class RequestStatus(models.TextChoices):
    RECEIVED = states.Status.RECEIVED, _("Received")
    VERIFYING = states.Status.VERIFYING, _("Checking identity")
    VERIFIED = states.Status.VERIFIED, _("Identity confirmed")
    PLANNED = states.Status.PLANNED, _("Plan to approve")
    APPROVED = states.Status.APPROVED, _("Approved")
    RUNNING = states.Status.RUNNING, _("In progress")
    WAITING = states.Status.WAITING, _("Waiting")
    BLOCKED = states.Status.BLOCKED, _("Blocked")
    VERIFIED_DONE = states.Status.VERIFIED_DONE, _("Done and checked")
    CLOSED = states.Status.CLOSED, _("Closed")
    REFUSED = states.Status.REFUSED, _("Refused")
    APPEALED = states.Status.APPEALED, _("Appealed")


class RequestChannel(models.TextChoices):
    PORTAL = states.Channel.PORTAL, _("Privacy page")
    MAIL = states.Channel.MAIL, _("E-mail")
    POST = states.Channel.POST, _("Post")
    PHONE = states.Channel.PHONE, _("Telephone")
    SIGNED_IN = states.Channel.SIGNED_IN, _("Signed in")
    SOURCE = states.Channel.SOURCE, _("Helpdesk")
    STAFF = states.Channel.STAFF, _("Entered by staff")


class WaitingFor(models.TextChoices):
    HOLD = states.WaitingFor.HOLD, _("a legal hold")
    PROVIDER_EXPIRY = states.WaitingFor.PROVIDER_EXPIRY, _("a provider's copies to expire")
    RECIPIENT = states.WaitingFor.RECIPIENT, _("a recipient's confirmation")
    SOURCE = states.WaitingFor.SOURCE, _("the helpdesk")
    TEXTS = states.WaitingFor.TEXTS, _("texts to be checked for others' data")
    REVIEW = states.WaitingFor.REVIEW, _("somebody to look through the copy")


class Verification(models.TextChoices):
    """How it was made sure that the request comes from the person."""

    LINK = "link", _("One-time link")
    LINK_AND_FACT = "link_and_fact", _("One-time link and a fact only the person knows")
    SIGNED_IN = "signed_in", _("Signed in")
    STAFF = "staff", _("Checked by staff")
    SOURCE = "source", _("Ordered by the helpdesk")


class Decision(models.TextChoices):
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Refused")


class RefusalGround(models.TextChoices):
    """The law's grounds for not doing what was asked. There are no others."""

    UNIDENTIFIED = "art_11_2", _("We cannot identify you (Art. 11(2))")
    UNFOUNDED = "art_12_5_unfounded", _("Manifestly unfounded (Art. 12(5))")
    EXCESSIVE = "art_12_5_excessive", _("Excessive, in particular repetitive (Art. 12(5))")
    EXPRESSION = "art_17_3_a", _("Freedom of expression and information (Art. 17(3)(a))")
    OBLIGATION = "art_17_3_b", _("A legal obligation to keep it (Art. 17(3)(b))")
    HEALTH = "art_17_3_c", _("Public health (Art. 17(3)(c))")
    ARCHIVE = "art_17_3_d", _("Archiving, research or statistics (Art. 17(3)(d))")
    CLAIMS = "art_17_3_e", _("Legal claims (Art. 17(3)(e))")
    OTHERS = "art_15_4", _("The rights of others (Art. 15(4))")
    OTHERS_TOO = "art_20_4", _("The rights of others (Art. 20(4))")
    ACCURATE = "art_16", _("The data is right as it stands (Art. 16)")
    NO_GROUND = "art_18_1", _("None of the law's reasons to freeze applies (Art. 18(1))")
    NOT_AUTOMATED = "art_22_1", _("No decision was made by a machine alone (Art. 22(1))")
    COMPELLING = "art_21_1", _("Compelling legitimate grounds (Art. 21(1))")
