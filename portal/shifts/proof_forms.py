"""The form of a proof: which days, and as which kind of file."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext
from wtforms import SelectField

from portal.files import FileKind
from portal.shifts.series_forms import StretchForm

LONGEST = timedelta(days=366)


class FileForm(StretchForm):
    """The days of a proof, and the kind of file it is taken along as."""

    kind = SelectField(choices=[kind.value for kind in FileKind], default=FileKind.XLSX.value)

    def why_not(self) -> str:
        """Why these days cannot be told of; empty if they can."""
        if self.validate() and timedelta() <= self.last.data - self.first.data <= LONGEST:
            return ""
        return str(gettext("Choose a stretch of at most one year, the first day first."))
