"""Connecting to an address that has been checked itself.

A name is looked up once and what it stands for is checked, so that a name which changes its mind
between two look-ups (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.util.connection import create_connection

from privacy.processors import EgressRefused

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRule:
    """Which addresses may be connected to, as the processor and the operator say."""

    def __init__(self, *, needs_private: bool) -> None:
        self.allows_private = False
        self.needs_private = needs_private

    def check(self, address: str) -> None:
        """Raise EgressRefused unless `address` is a public one, or a private one that both the
        connection and the operator (KAIZO_PRIVATE_NETWORKS) allow."""
        ip = _innermost(address)
        if ip.is_global and not ip.is_multicast:
            if self.needs_private:
                raise EgressRefused(_("Outside one's own network, only https:// can be used."))
            return
        allowed = any(ip in network for network in settings.PRIVATE_NETWORKS)
        if not (self.allows_private and allowed):
            raise EgressRefused(_("Addresses inside the network are not reached from here."))


def _innermost(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """What is reached in the end: an IPv6 address may be another way to write an IPv4 one (RFC
    4291, 6052, 3056), and translated on the way."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def dial(
    host: str, port: int, timeout: Any, rule: AddressRule, options: Any = None
) -> socket.socket:
    """Look the name up once, check every address it has, and connect to one of those.

    Raises EgressRefused, socket.gaierror for a name that nobody knows, and ConnectionError when no
    address answers.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(str(error)) from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        rule.check(address)
    for address in addresses:
        try:
            return create_connection((address, port), timeout, socket_options=options)
        except OSError:
            continue
    raise ConnectionError("no address answers")
