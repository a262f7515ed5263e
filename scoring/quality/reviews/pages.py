"""Turns reviews into what templates print: words, links. Computes nothing."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core.permissions import Role, TenantRequest
from scoring.quality.arithmetic import Mode
from scoring.quality.models import Review

HOW = {
    Mode.WEIGHTED: gettext_lazy(
        "Each rating counts as its share of its scale, times the weight of its category. The score"
        " is the sum, divided by the weights of all categories that were rated. What does not"
        " apply is left out of both."
    ),
    Mode.SECTIONS: gettext_lazy(
        "Inside each group, ratings are weighed as shares of their scales. The score is the sum of"
        " the groups' scores, each times the weight of its group, divided by the weights of the"
        " groups that were rated. What does not apply is left out."
    ),
    Mode.ADDITIVE: gettext_lazy(
        "Each rating earns its share of its category's points. The score is the sum of the points"
        " from 0, at most 100."
    ),
    Mode.DEDUCTIVE: gettext_lazy(
        "The score begins at 100, and each rating takes off what it lacks of its category's"
        " points, down to 0."
    ),
}
MODES = {
    Mode.WEIGHTED: gettext_lazy("Weighted categories"),
    Mode.SECTIONS: gettext_lazy("Weighted groups"),
    Mode.ADDITIVE: gettext_lazy("Points added from 0"),
    Mode.DEDUCTIVE: gettext_lazy("Points taken off 100"),
}


def url(request: TenantRequest, name: str, **arguments: Any) -> str:
    return reverse(name, kwargs={"organisation": request.organisation.slug, **arguments})


def review_url(request: TenantRequest, review: Review, name: str = "review") -> str:
    return url(request, f"quality:{name}", review_id=review.pk)


def next_url(request: TenantRequest) -> str:
    """Where the page that led here wants to be returned to, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def home_of_reviews(request: TenantRequest) -> str:
    is_agent = request.actor.role == Role.AGENT
    return url(request, "quality:reviews_received" if is_agent else "quality:review_list")


def crumbs(request: TenantRequest, label: str) -> list[dict[str, str]]:
    is_agent = request.actor.role == Role.AGENT
    first = _("Reviews of my work") if is_agent else _("Reviews")
    return [{"label": first, "url": home_of_reviews(request)}, {"label": label, "url": ""}]


def how_computed(mode: str) -> dict[str, Any]:
    return {"mode": MODES[Mode(mode)], "how": HOW[Mode(mode)]}
