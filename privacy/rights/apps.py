from __future__ import annotations

from django.apps import AppConfig
from typing_extensions import override


class RightsConfig(AppConfig):
    name = "privacy.rights"
    label = "privacy_rights"
    verbose_name = "Data-subject rights"

    @override
    def ready(self) -> None:
        from kaizo.core.health import add_part
        from privacy.rights import withdrawal  # noqa: F401 - as above
        from privacy.rights.objection import services as objection  # noqa: F401 - what it follows
        from privacy.rights.replay import organisations_to_replay
        from privacy.rights.restriction import services as restriction  # noqa: F401 - its replay

        add_part("erasures", lambda: not organisations_to_replay())
