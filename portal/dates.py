"""Days and moments as people here write them, in the language of the reader."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import format_date, format_datetime, get_locale


def moment(value: datetime) -> str:
    """A moment as people here write it: 4月12日 周六 18:30."""
    chinese = str(get_locale()).startswith("zh")
    return str(format_datetime(value, "M月d日 EEE HH:mm" if chinese else "EEE d MMM HH:mm"))


def day(value: date) -> str:
    """A day as people here write it: 4月12日 周六."""
    chinese = str(get_locale()).startswith("zh")
    return str(format_date(value, "M月d日 EEE" if chinese else "EEE d MMM"))


def date_of(value: date) -> str:
    """A day with its year: 2026年4月12日."""
    chinese = str(get_locale()).startswith("zh")
    return str(format_date(value, "y年M月d日" if chinese else "d MMM y"))


def weekday(value: date) -> str:
    """A day with its year and its name in full: 2026年4月12日 星期日."""
    chinese = str(get_locale()).startswith("zh")
    return str(format_date(value, "y年M月d日 EEEE" if chinese else "EEEE d MMMM y"))


def stamp(value: datetime) -> str:
    """A moment to the second, for what is kept: 2026年4月12日 18:30:05."""
    chinese = str(get_locale()).startswith("zh")
    return str(format_datetime(value, "y年M月d日 HH:mm:ss" if chinese else "d MMM y HH:mm:ss"))


def month(value: date) -> str:
    """The month of a day as people here write it: 2026年11月."""
    chinese = str(get_locale()).startswith("zh")
    return str(format_date(value, "y年M月" if chinese else "MMMM y"))
