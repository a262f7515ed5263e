"""How often the portal may be asked. Counts live in the cache, under keyed hashes."""

from __future__ import annotations

from django.core.cache import cache
from django.utils.crypto import salted_hmac

HOUR = 3600
# Of one address, and of one network, in an hour.
PER_ADDRESS = 5
PER_NETWORK = 30
_V4_BYTES = 3


def may_ask(organisation_id: int, *, address: str, client: str) -> bool:
    """Count one request for a mail to `address` from `client` (an IP address); False when either
    has asked too often. An address is counted whether or not it is known."""
    keys = {
        f"portal:{organisation_id}:to:{_hash(address.strip().lower())}": PER_ADDRESS,
        f"portal:{organisation_id}:from:{_hash(_network(client))}": PER_NETWORK,
    }
    within = [_counted(key) <= most for key, most in keys.items()]  # both are counted
    return all(within)


def _counted(key: str) -> int:
    cache.add(key, 0, HOUR)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two
        cache.set(key, 1, HOUR)
        return 1


def _network(client: str) -> str:
    """The /24 of an IPv4 address, the first four groups of an IPv6 one."""
    if ":" in client:
        return ":".join(client.split(":")[:4])
    return ".".join(client.split(".")[:_V4_BYTES])


def _hash(text: str) -> str:
    return salted_hmac("privacy.rights.portal.limits", text, algorithm="sha256").hexdigest()
