"""The words of the tower in the reader's language."""

from __future__ import annotations

from flask_babel import LazyString, get_locale, lazy_gettext

from portal.tower.models import DEFAULT_LEVEL_NAMES, CareTag, Community, Level

CARE_TAGS: dict[CareTag, LazyString] = {
    CareTag.ELDER_ALONE: lazy_gettext("Older person living alone"),
    CareTag.ELDERLY: lazy_gettext("Older people"),
    CareTag.STUDENT: lazy_gettext("Student in the household"),
    CareTag.MIGRANT: lazy_gettext("New to the city"),
    CareTag.OTHER: lazy_gettext("Other reason to care"),
}


def level_name(community: Community, level: int) -> str:
    """What this community calls a level, in the language of the page."""
    language = "zh" if str(get_locale()).startswith("zh") else "en"
    names = community.level_names.get(language) or DEFAULT_LEVEL_NAMES[language]
    return names[Level(level) - 1]
