"""Work without end, done some at a time."""

from __future__ import annotations

from collections.abc import Callable

from portal.db import db


def in_lots(do_some: Callable[[], int]) -> int:
    """Do some of what is due until nothing is left, each lot in a transaction of its own; how many.

    `do_some` takes what it works on, so that two who do the same at once never do it twice.
    """
    count = 0
    while some := do_some():
        db.session.commit()
        count += some
    db.session.commit()
    return count
