"""What an agent and a decider may send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from scoring.quality.disputes import rules
from scoring.quality.disputes.deciding import Remedy
from scoring.quality.disputes.selectors import RatedCategory
from scoring.quality.disputes.services import Claim
from scoring.quality.models import Category, Dispute
from scoring.quality.reviews.scales import NOT_APPLICABLE, options, with_top
from scoring.quality.reviews.words import LONGEST
from tickets.models import Agent


def _reasons(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def rating_choices(category: Category) -> list[tuple[str, str]]:
    """The scale from its best down, and not applicable where that is allowed."""
    scale = category.scale
    choices = [(str(o.value), with_top(o.value, scale)) for o in reversed(options(scale))]
    na = (NOT_APPLICABLE, with_top(None, scale, is_na=True))
    return [*choices, na] if category.allows_na else choices


def parse_rating(choice: str) -> tuple[int | None, bool]:
    """A choice back as a value and whether it is not applicable."""
    return (None, True) if choice == NOT_APPLICABLE else (int(choice), False)


class DisputeForm(forms.Form):
    """An objection to one category (`category` given), to the reviewee, or to everything."""

    def __init__(
        self,
        data: Any = None,
        *,
        about: str,
        category: Category | None = None,
        agents: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__(data)
        self.about, self.category = about, category
        if category is not None:
            self.fields["proposal"] = forms.ChoiceField(
                label=_("Which rating would be right?"),
                required=False,
                choices=[("", _("I leave that open")), *rating_choices(category)],
            )
        elif about == Dispute.About.REVIEWEE:
            self.fields["agent"] = forms.TypedChoiceField(
                label=_("Whose work was it?"),
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", _("I leave that open")), *(agents or {}).items()],
            )
        self.fields["reason"] = _reasons(
            _("What is wrong?"), _("Whoever decides, the reviewer and you read this.")
        )

    def claim(self) -> Claim:
        proposal = self.cleaned_data.get("proposal") or ""
        value, is_na = parse_rating(proposal) if proposal else (None, False)
        agent_id = self.cleaned_data.get("agent")
        return Claim(
            about=self.about,
            category_key=self.category.key if self.category else None,
            value=value,
            is_na=is_na,
            reviewee=Agent.objects.get(pk=agent_id) if agent_id else None,
        )


_VERDICTS = {
    rules.State.ACCEPTED: _("Accept"),
    rules.State.PARTLY: _("Accept in part"),
    rules.State.REJECTED: _("Reject"),
}


class DecisionForm(forms.Form):
    """A verdict, what changes, and why. Fields that the verdict does not need are ignored."""

    def __init__(
        self,
        data: Any = None,
        *,
        dispute: Dispute,
        lines: Sequence[RatedCategory],
        agents: Mapping[int, str],
    ) -> None:
        super().__init__(data)
        self.dispute = dispute
        self.lines = {line.category.key: line for line in lines}
        partly = dispute.about != Dispute.About.REVIEWEE
        self.fields["verdict"] = forms.ChoiceField(
            label=_("Your decision"),
            widget=forms.RadioSelect,
            choices=[
                (verdict.value, label)
                for verdict, label in _VERDICTS.items()
                if partly or verdict != rules.State.PARTLY
            ],
        )
        if dispute.about == Dispute.About.REVIEWEE:
            self._ask_for_agent(agents)
        else:
            self._ask_for_ratings(lines)
        if dispute.about == Dispute.About.REVIEW:
            self.fields["annul"] = forms.BooleanField(
                label=_("Annul the review: it counts nowhere any more"), required=False
            )
        self.fields["reasons"] = _reasons(
            _("Your reasons"), _("The agent and the reviewer read this.")
        )

    def _ask_for_agent(self, agents: Mapping[int, str]) -> None:
        self.fields["agent"] = forms.TypedChoiceField(
            label=_("Move the review to"),
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("Choose when you accept")), *agents.items()],
            initial=self.dispute.proposed_reviewee_id,
        )

    def _ask_for_ratings(self, lines: Sequence[RatedCategory]) -> None:
        for line in lines:
            if self.dispute.about == Dispute.About.REVIEW or line.is_disputed:
                self.fields[f"rating-{line.category.key}"] = self._rating(line)

    def _rating(self, line: RatedCategory) -> forms.ChoiceField:
        proposed = "" if self.dispute.proposed_value is None else str(self.dispute.proposed_value)
        if self.dispute.proposes_na:
            proposed = NOT_APPLICABLE
        return forms.ChoiceField(
            label=line.category.name,
            required=False,
            choices=[("", _("As it is")), *rating_choices(line.category)],
            initial=(proposed if line.is_disputed else "") or line.choice,
        )

    def ratings(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("rating-")]

    def remedy(self) -> Remedy:
        if self.cleaned_data["verdict"] == rules.State.REJECTED:
            return Remedy()
        agent_id = self.cleaned_data.get("agent")
        if self.cleaned_data.get("annul"):
            return Remedy(annuls=True)
        return Remedy(
            ratings=self._changed_ratings(),
            reviewee=Agent.objects.get(pk=agent_id) if agent_id else None,
        )

    def _changed_ratings(self) -> dict[UUID, int | None]:
        """What was chosen otherwise than it stands now."""
        chosen: dict[UUID, int | None] = {}
        for key, line in self.lines.items():
            choice = self.cleaned_data.get(f"rating-{key}") or ""
            if choice and choice != line.choice:
                chosen[key] = parse_rating(choice)[0]
        return chosen
