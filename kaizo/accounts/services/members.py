"""People in an organisation: joining, roles, leaving."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from kaizo.accounts.events import Event, record
from kaizo.accounts.models import Membership, Organisation, TeamLead, User
from kaizo.accounts.services.users import end_sessions
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope


def add_member(
    *, organisation: Organisation, user: User, role: Role, actor: Membership | None = None
) -> Membership:
    """Raises Conflict when the person belongs to the organisation already."""
    with tenant_scope(organisation.pk):
        membership, created = Membership.objects.get_or_create(
            organisation=organisation, user=user, defaults={"role": role}
        )
        if not created:
            raise Conflict(_("This person is a member already."))
        record(Event.MEMBER_ADDED, actor=actor, target=membership, affected=user, role=role.value)
    added: Membership = membership
    return added


def change_role(*, member: Membership, role: Role, actor: Membership) -> None:
    """Give a member another role. Does nothing when they have it.

    Raises DomainError when the last owner would lose the role, or when anybody but an owner
    touches an owner or makes one.
    """
    with tenant_scope(member.organisation_id):
        owners = lock_owners()
        member.refresh_from_db(fields=["role", "is_active"])
        if member.role == role:
            return
        _refuse_over_owners(actor, member, role)
        _refuse_without_owner(owners, member)
        before, member.role = member.role, role
        member.save(update_fields=["role"])
        record(
            Event.MEMBER_ROLE_CHANGED,
            actor=actor,
            target=member,
            affected=member.user,
            role_before=before,
            role=role.value,
        )


def deactivate_member(*, member: Membership, actor: Membership) -> None:
    """Close the organisation to a member from their next request on; their history stays.

    Idempotent. Ends the teams they lead today. Raises DomainError for the last owner, and when
    anybody but an owner deactivates an owner.
    """
    with tenant_scope(member.organisation_id):
        owners = lock_owners()
        member.refresh_from_db(fields=["role", "is_active"])
        if not member.is_active:
            return
        _refuse_over_owners(actor, member)
        _refuse_without_owner(owners, member)
        member.is_active, member.deactivated_at = False, clock.now()
        member.save(update_fields=["is_active", "deactivated_at"])
        _end_leading(member)
        record(Event.MEMBER_DEACTIVATED, actor=actor, target=member, affected=member.user)


def reactivate_member(*, member: Membership, actor: Membership) -> None:
    """Open the organisation again, with the role they had. Idempotent."""
    with tenant_scope(member.organisation_id):
        member.refresh_from_db(fields=["role", "is_active"])
        if member.is_active:
            return
        _refuse_over_owners(actor, member)
        member.is_active, member.deactivated_at = True, None
        member.save(update_fields=["is_active", "deactivated_at"])
        record(Event.MEMBER_REACTIVATED, actor=actor, target=member, affected=member.user)


def force_password_reset(*, member: Membership, actor: Membership) -> None:
    """Sign the person out everywhere; at the next sign-in they must choose a new password.

    They get a mail and can read the event. Raises DomainError when anybody but an owner does this
    to an owner.
    """
    from kaizo.accounts.tasks import mail_password_reset_forced

    with tenant_scope(member.organisation_id):
        _refuse_over_owners(actor, member)
        member.user.password_reset_required = True
        member.user.save(update_fields=["password_reset_required"])
        end_sessions(user=member.user)
        record(Event.PASSWORD_RESET_FORCED, actor=actor, target=member, affected=member.user)
        mail_password_reset_forced.delay_on_commit(
            organisation_id=member.organisation_id, membership_id=member.pk
        )


def lock_owners() -> set[int]:
    """Ids of the active owners, locked until the transaction ends, so that two of them cannot
    leave at once, each believing that the other stays."""
    owners = Membership.objects.filter(role=Role.OWNER, is_active=True).order_by("pk")
    return set(owners.select_for_update(of=("self",)).values_list("pk", flat=True))


def refuse_unless_owner(actor: Membership | None, role: Role) -> None:
    """Only an owner may make an owner. Operators (no actor) may."""
    if role == Role.OWNER and actor is not None and actor.role != Role.OWNER:
        raise DomainError(_("Only an owner may make somebody an owner."))


def _refuse_over_owners(actor: Membership, member: Membership, role: Role | None = None) -> None:
    if role is not None:
        refuse_unless_owner(actor, role)
    if member.role == Role.OWNER and actor.role != Role.OWNER:
        raise DomainError(_("Only an owner may change an owner."))


def _refuse_without_owner(owners: set[int], member: Membership) -> None:
    if owners == {member.pk}:
        raise DomainError(_("The last owner cannot leave. Make somebody else an owner first."))


def _end_leading(member: Membership) -> None:
    today = timezone.localdate()
    open_leads = TeamLead.objects.filter(membership=member, valid_to__isnull=True)
    open_leads.filter(valid_from__gte=today).delete()
    open_leads.update(valid_to=today)
