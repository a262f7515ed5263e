"""What a source is not believed any more."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import FreezableModel, TenantForeignKey
from privacy.api import EncryptedField
from tickets.models import Agent, Customer, Message, Ticket


class CorrectedValue(FreezableModel):
    """One value of one row that stays as it was corrected (GDPR Art. 16), whatever the next import
    says. Words lie under the person's key; who wrote or handled something is a key."""

    class Field(models.TextChoices):
        NAME = "name", _("Name")
        EMAIL = "email", _("E-mail address")
        PHONE = "phone", _("Telephone number")
        ASSIGNEE = "assignee", _("Who handled it")
        AUTHOR = "author", _("Who wrote it")

    subject = TenantForeignKey("privacy.Subject", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=10, choices=Field)
    customer = TenantForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="corrected_values"
    )
    agent = TenantForeignKey(
        Agent, null=True, on_delete=models.CASCADE, related_name="corrected_values"
    )
    ticket = TenantForeignKey(
        Ticket, null=True, on_delete=models.CASCADE, related_name="corrected_values"
    )
    message = TenantForeignKey(
        Message, null=True, on_delete=models.CASCADE, related_name="corrected_values"
    )
    value = EncryptedField(null=True)
    to_agent = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    corrected_at = models.DateTimeField(default=timezone.now)

    class Meta(FreezableModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "field", "customer", "agent", "ticket", "message"],
                name="corrected_value_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=(
                    Q(customer__isnull=False, agent=None, ticket=None, message=None)
                    | Q(customer=None, agent__isnull=False, ticket=None, message=None)
                    | Q(customer=None, agent=None, ticket__isnull=False, message=None)
                    | Q(customer=None, agent=None, ticket=None, message__isnull=False)
                ),
                name="corrected_value_of_one_row",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "subject"], name="corrected_value_subject"),
            *(
                models.Index(
                    fields=["organisation", name],
                    name=f"corrected_value_{name}",
                    condition=Q(**{f"{name}__isnull": False}),
                )
                for name in ("customer", "agent", "ticket", "message", "to_agent")
            ),
        ]

    def __str__(self) -> str:
        return f"CorrectedValue {self.pk}"
