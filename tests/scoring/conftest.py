from __future__ import annotations

from hypothesis import settings

# A busy machine is no failing example.
settings.register_profile("scoring", deadline=None)
settings.load_profile("scoring")
