"""Telling those who have to act that somebody reads on a grand scale, that the audit log was
tampered with, or that a copy or a request about somebody's data waits for them."""

from __future__ import annotations

from kaizo.accounts.models import Membership, NoticeKind
from kaizo.accounts.notices.kinds import register_notice_links
from kaizo.accounts.notices.services import notify
from kaizo.core.permissions import ROLE_ACTIONS, Action, Role
from privacy.api import Alert, on_alert, on_broken_chain, when_copy_held, when_request_waits

_JUDGE = Action.HANDLE_PRIVACY_REQUESTS


def register() -> None:
    on_alert(tell_privacy_officers)
    on_broken_chain(tell_of_broken_chain)
    when_copy_held(tell_of_held_copy)
    when_request_waits(tell_of_waiting_request)
    register_notice_links(
        {
            "privacy.Alert": ("accountability:alert", "alert_id"),
            "privacy.AuditEvent": ("accountability:audit_checked", "event_id"),
            "privacy_rights.ExportPackage": ("privacy:held_copy", "held_copy_id"),
            "privacy_rights.RightsRequest": ("privacy:waiting_request", "waiting_request_id"),
        }
    )


def tell_privacy_officers(alert: Alert) -> None:
    """Everybody who may judge it: not whoever it is about."""
    roles = [role for role, allowed in ROLE_ACTIONS.items() if _JUDGE in allowed]
    officers = Membership.objects.filter(is_active=True, role__in=roles).exclude(
        user_id=alert.actor_user_id
    )
    notify(
        organisation=alert.organisation_id,
        recipients=officers.values_list("pk", flat=True),
        kind=NoticeKind.MASS_READING,
        about=("privacy.Alert", alert.pk),
        once=True,
    )


def tell_of_broken_chain(organisation_id: int, event_id: int) -> None:
    """Owners and privacy officers, of the check that found it (the id of its event)."""
    told = [Role.OWNER, Role.PRIVACY_OFFICER]
    members = Membership.objects.filter(is_active=True, role__in=told)
    notify(
        organisation=organisation_id,
        recipients=members.values_list("pk", flat=True),
        kind=NoticeKind.BROKEN_CHAIN,
        about=("privacy.AuditEvent", event_id),
        once=True,
    )


def tell_of_held_copy(organisation_id: int, copy_id: int, asked_by: int | None) -> None:
    """Privacy officers, where there is none owners, else admins; not who asked for the copy, as
    nobody releases their own."""
    members = Membership.objects.filter(is_active=True).exclude(user_id=asked_by)
    told: list[Membership] = []
    for role in (Role.PRIVACY_OFFICER, Role.OWNER, Role.ADMIN):
        told = told or list(members.filter(role=role))
    notify(
        organisation=organisation_id,
        recipients=told,
        kind=NoticeKind.COPY_TO_REVIEW,
        about=("privacy_rights.ExportPackage", copy_id),
        once=True,
    )


def tell_of_waiting_request(organisation_id: int, request_id: int, but: int | None) -> None:
    """Privacy officers; where a second person is needed (`but` cannot be it) everybody who may be
    that, and where there is no officer owners, else admins."""
    members = Membership.objects.filter(is_active=True).exclude(user_id=but)
    told: list[Membership] = []
    for role in (Role.PRIVACY_OFFICER, Role.OWNER, Role.ADMIN):
        if but is not None or not told:
            told += members.filter(role=role)
    notify(
        organisation=organisation_id,
        recipients=told,
        kind=NoticeKind.PRIVACY_REQUEST,
        about=("privacy_rights.RightsRequest", request_id),
    )
