"""What must hold before the product takes traffic."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

# What a role is a member of, it can become.
_ROLE = """
SELECT coalesce(bool_or(r.rolsuper), false), coalesce(bool_or(r.rolbypassrls), false),
       EXISTS (SELECT 1 FROM pg_class c
                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
                  AND pg_has_role(current_user, c.relowner, 'MEMBER'))
  FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')
"""


def unsafe_role(alias: str) -> str | None:
    """Why the database role of this connection could see other tenants' rows, or None."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_ROLE)
        superuser, bypass, owner = cursor.fetchone()
    if superuser:
        return "is a superuser"
    if bypass:
        return "has BYPASSRLS"
    return "owns tables" if owner else None


def refuse_unsafe_roles() -> None:
    """Raise ImproperlyConfigured when row-level security would not bind this process: superusers,
    BYPASSRLS and table owners can see every tenant."""
    for alias in connections:
        if reason := unsafe_role(alias):
            msg = (
                f"The database role of {alias!r} {reason}: it could see every organisation's rows."
            )
            raise ImproperlyConfigured(msg)
        connections[alias].close()
