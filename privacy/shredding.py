"""Destroying one person's key."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.audit import record_event, register_actions
from privacy.models import Subject, SubjectState
from privacy.registry import Via, registry
from privacy.vault.keys import destroy_key
from privacy.vault.models import SuppressionKind
from privacy.vault.scope import vault_scope
from privacy.vault.suppression import suppress

register_actions({"privacy.subject.shredded": {"repeated": bool}})


class UnknownSubject(DomainError):  # noqa: N818 - reads as what happened
    """The organisation holds nothing about such a person."""

    def __init__(self) -> None:
        super().__init__(_("The organisation holds nothing about such a person."))


def shred_subject(
    *, organisation_id: int, subject_id: UUID, actor_user_id: int | None = None
) -> bool:
    """Destroy a person's key, mark them erased and record it. False if it was destroyed before.

    A customer also goes on the suppression list, so that the next import neither brings them back
    nor stumbles over them. Raises UnknownSubject. The event and the mark are committed first:
    should the process die in between, repeating the command finishes it, and nothing is destroyed
    without a trace.
    """
    with tenant_scope(organisation_id, purpose=Purpose.SECURITY):
        rows = Subject.objects.select_for_update().filter(pk=subject_id)
        subject = rows.first()
        if subject is None:
            raise UnknownSubject
        repeated = subject.state == SubjectState.ERASED
        subject.state = SubjectState.ERASED
        subject.save(update_fields=["state"])
        record_event(
            organisation_id=organisation_id,
            action="privacy.subject.shredded",
            actor_user_id=actor_user_id,
            object_type="privacy.Subject",
            object_id=subject_id,
            subject_id=subject_id,
            detail={"repeated": repeated},
        )
        identifiers = list(_customer_identifiers(subject_id))
    with vault_scope(organisation_id):
        suppress(organisation_id=organisation_id, kind=SuppressionKind.CUSTOMER, hashes=identifiers)
        return destroy_key(organisation_id, subject_id)


def _customer_identifiers(subject_id: UUID) -> Iterator[bytes]:
    """Blind indexes of what the sources call the customer, wherever one is declared."""
    for declaration in registry.declarations():
        ways = [way.path for way in declaration.subject if _is_own_row(way)]
        for name, personal in declaration.personal_fields():
            for path in ways if personal.index == "external" else ():
                rows = declaration.model._default_manager.filter(**{path: subject_id})  # noqa: SLF001 - Django's documented API
                yield from map(bytes, rows.values_list(name, flat=True))


def _is_own_row(way: Via) -> bool:
    return way.person == "customer" and way.on_erase == "delete" and not way.by_value
