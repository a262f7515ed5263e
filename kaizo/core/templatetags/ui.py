"""Small pieces of text and markup used on every page."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, lru_cache

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaizo.core import ui

register = template.Library()

_SPRITE = "vendor/bootstrap-icons-1.13.2/icons.svg"


@cache
def _sprite() -> str:
    """The address is the same as long as the process lives."""
    return static(_SPRITE)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration and hidden from assistive tools."""
    if not label:
        return _decoration(name)
    return format_html(
        '<svg class="icon" width="16" height="16" role="img" aria-label="{}">'
        '<use href="{}"></use></svg>',
        label, f"{_sprite()}#{name}",
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _decoration(name: str) -> SafeString:
    """A page has a hundred of them, mostly of the same few."""
    return format_html(
        '<svg class="icon" width="16" height="16" aria-hidden="true" focusable="false">'
        '<use href="{}"></use></svg>',
        f"{_sprite()}#{name}",
    )


@register.simple_tag
def badge(text: str, tone: str = "", name: str = "") -> SafeString:
    """A word with an icon; the tone repeats what they say. `name` is the icon's."""
    tone_class = f" tone-{tone}" if tone else ""
    picture = icon(name) if name else ""
    return format_html('<span class="pill{}">{}{}</span>', tone_class, picture, text)


@register.simple_tag
def score(value: float | None, decimals: int = 0) -> SafeString:
    """A score from 0 to 100 with its word and icon."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', _("Not enough data"))
    grade = ui.grade(value)
    return format_html(
        '<span class="score"><b>{}</b>{}</span>',
        ui.number(value, decimals), badge(str(grade.word), grade.tone, grade.icon),
    )  # fmt: skip


_AVATAR = '<span class="avatar is-{}" aria-hidden="true">{}</span>'
_PERSON = f'<span class="person">{_AVATAR}<span class="person-name">{{}}</span></span>'


@register.simple_tag
def avatar(name: str) -> SafeString:
    """Initials in a circle. Decoration: the name stands beside it."""
    return format_html(_AVATAR, ui.avatar_tone(name), ui.initials(name))


@register.simple_tag
def person(name: str) -> SafeString:
    """A person's name with their initials."""
    return format_html(_PERSON, ui.avatar_tone(name), ui.initials(name), name)


@register.simple_tag
def constant(template: str, **codes: object) -> SafeString:
    """As `include ... only`, for a fragment that says nothing but what its few possible arguments
    mean: it is rendered once a language and remembered, so nothing of a person may be in it."""
    return _constant(template, get_language(), tuple(codes.items()))


@lru_cache(maxsize=512)
def _constant(
    template: str, _language: str | None, codes: tuple[tuple[str, object], ...]
) -> SafeString:
    return render_to_string(template, dict(codes))


@register.simple_tag
def rendered(template: str, **values: object) -> SafeString:
    """As `include ... only`, to be kept under a name and shown in several places:
    `{% rendered "x.html" a=b as x %}`."""
    return render_to_string(template, values)


@register.simple_tag
def delta(change: float | None, better: str | None = None, unit: str = "percent") -> SafeString:
    """A change against an earlier period. `better` says which direction is good news: `higher`,
    `lower` or None (neither). Direction and judgement are also written, for who sees no colour."""
    if change is None:
        return SafeString("")
    rising = change > 0
    if not round(change, 1):
        return format_html('<span class="delta">{}{}</span>', icon("dash-lg"), _("unchanged"))
    verdict = "" if better is None else "better" if rising == (better == "higher") else "worse"
    words = {"better": _("better"), "worse": _("worse"), "": ""}[verdict]
    return format_html(
        '<span class="delta{}">{}<span class="visually-hidden">{} </span>{}'
        '<span class="visually-hidden"> {}</span></span>',
        f" is-{verdict}" if verdict else "",
        icon("arrow-up-right" if rising else "arrow-down-right"),
        _("up") if rising else _("down"),
        ui.measure(abs(change), unit),
        words,
    )


@register.simple_tag
def trail(label: str, url: str, here: str) -> list[dict[str, str]]:
    """The breadcrumbs of a page that stands below a list: the list with its address, the page."""
    return [{"label": label, "url": url}, {"label": here}]


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """How long ago, with the exact local time on hover and in the markup."""
    if moment is None:
        return SafeString(ui.NOTHING)
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "j F Y, H:i"),
        naturaltime(moment),
    )


@register.simple_tag
def moment(value: datetime | date | None) -> SafeString:
    """A date or a local date and time, the day before the month whatever the language."""
    if value is None:
        return SafeString(ui.NOTHING)
    if isinstance(value, datetime):
        value = timezone.localtime(value)
        text = f"{ui.long_day(value.date())}, {value:%H:%M}"
    else:
        text = ui.long_day(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def redactions(text: str) -> SafeString:
    """A redacted text, with what was hidden set apart from what was written."""
    pieces = ui.REDACTED.split(text)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="redacted">{}</span>', piece[1:-1]) if i % 2 else piece,)
            for i, piece in enumerate(pieces)
        ),
    )


@register.filter
def duration(seconds: float | None) -> str:
    return ui.duration(seconds)


@register.filter
def percent(value: float | None, decimals: int = 0) -> str:
    return ui.percent(value, decimals)


@register.filter
def exact_percent(value: ui.Exact | None, least: int = 0) -> str:
    return ui.exact_percent(value, least)


@register.filter
def exact_number(value: ui.Exact | None, least: int = 0) -> str:
    return ui.exact_number(value, least)


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    return ui.number(value, decimals)


@register.filter
def signed(value: float | None, decimals: int = 0) -> str:
    return ui.signed(value, decimals)


@register.filter
def measure(value: float | None, unit: str) -> str:
    return ui.measure(value, unit)


@register.simple_tag
def widget(field: BoundField, css_class: str = "") -> SafeString:
    """The control of a form field in our classes. Django links it to its hint and error."""
    kind = {"checkbox": "form-check-input", "select": "form-select"}.get(
        field.widget_type, "form-control"
    )
    invalid = " is-invalid" if field.errors else ""
    given = field.field.widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{kind}{invalid} {css_class} {given}".rstrip()})


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, key: str, label: str, title: str = "", *, numeric: bool = True
) -> SafeString:
    """A column head that sorts by `?sort=key` or, the other way round, `?sort=-key`. The view
    says in `sort` what holds now; figures start with the highest, words with the first."""
    current = str(context.get("sort", ""))
    descending, active = current.startswith("-"), current.lstrip("-") == key
    wanted = key if (active and descending) or not (active or numeric) else f"-{key}"
    query = context["request"].GET.copy()
    query["sort"] = wanted
    state = "none" if not active else "descending" if descending else "ascending"
    shape = {"none": "chevron-expand", "descending": "chevron-down", "ascending": "chevron-up"}
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a class="sort" href="?{}"{}>{}&nbsp;{}</a></th>',
        state,
        SafeString(' class="num"') if numeric else "",
        query.urlencode(),
        format_html(' title="{}"', title) if title else "",
        label,
        icon(shape[state]),
    )
