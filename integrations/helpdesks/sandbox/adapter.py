"""The connector to the sandbox: Zendesk's, under another name and at another address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from integrations.base import Access, Consent, Http, Rate, SettingField, Tokens
from integrations.helpdesks.zendesk import auth, vendor
from integrations.helpdesks.zendesk.adapter import ZendeskAdapter
from kaizo.core import clock

_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})

# On the loopback only, in the clear: there is nobody's data in it.
VENDOR: Final = replace(
    vendor.VENDOR,
    kind="sandbox",
    name="Sandbox",
    settings=(
        SettingField(
            "address",
            gettext_noop("Address"),
            gettext_noop("As manage.py sandbox_helpdesk prints it when it starts."),
        ),
        SettingField(
            "access_token",
            gettext_noop("Access token"),
            gettext_noop("Not needed where you give consent in the browser."),
            is_secret=True,
            required=False,
        ),
        SettingField("client_id", gettext_noop("OAuth client identifier"), required=False),
        SettingField(
            "client_secret", gettext_noop("OAuth client secret"), is_secret=True, required=False
        ),
    ),
    rates=(Rate(100_000, 60.0), Rate(10_000, 60.0, vendor.INCREMENTAL)),
    cloud_suffix="",
    has_webhooks=False,
)


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for an address that is not on this machine. With `calls_per_minute` among
    the settings the account is paced like a Zendesk account of that plan."""
    parts = urlsplit(settings.get("address", "").strip())
    if parts.scheme != "http" or parts.hostname not in _HOSTS or parts.path.strip("/"):
        raise ValueError(_("The sandbox is on this machine: http://127.0.0.1 and its port."))
    return Access(
        base_url=f"http://{parts.netloc}",
        headers=auth.authorisation(settings),
        rates=vendor.rates(settings) if settings.get("calls_per_minute") else (),
    )


def renew(settings: Mapping[str, str], http: Http) -> Tokens:
    return auth.read_tokens(
        http.send("POST", auth.TOKENS_PATH, auth.renewal_request(settings)), now=clock.now()
    )


def consent_url(settings: Mapping[str, str], consent: Consent) -> str:
    return auth.consent_url(access(settings).base_url, settings, consent)


def redeem(settings: Mapping[str, str], http: Http, consent: Consent, code: str) -> Tokens:
    return auth.redeem(settings, http, consent, code, now=clock.now())


def make_adapter(settings: Mapping[str, str], http: Http) -> ZendeskAdapter:
    return ZendeskAdapter(http, page_size=vendor.page_size(settings), description=VENDOR)
