"""Where data may go without a transfer tool, and where only with one (GDPR Art. 44 to 46)."""

from __future__ import annotations

from typing import Final

# The European Economic Area: EU members, and Iceland, Liechtenstein, Norway (EEA Joint Committee
# decision 154/2018).
EEA: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE"),
        *("SI", "SK"),
    }
)
# Countries with an adequacy decision of the European Commission for all recipients (Art. 45). The
# United States are not among them: their decision covers certified companies only.
ADEQUATE: Final = frozenset(
    ["AD", "AR", "CH", "FO", "GB", "GG", "IL", "IM", "JE", "JP", "KR", "NZ", "UY"]
)


def needs_transfer_tool(country: str) -> bool:
    """`country` is an ISO 3166 alpha-2 code."""
    return country.upper() not in EEA | ADEQUATE
