"""How a bulletin stands follows from who relayed it, and all numbers add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.relay.chain import LAST, Node, State, Stop, Way, unfold

ISSUED = datetime(2026, 4, 12, 1, tzinfo=UTC)
WAY = Way(1, ISSUED, ISSUED + timedelta(hours=24))
MOMENTS = st.integers(0, 60 * 48).map(lambda minutes: ISSUED + timedelta(minutes=minutes))


@st.composite
def chains(draw: st.DrawFn) -> list[Stop]:
    """A tower of up to forty places in any state of confirmation."""
    stops = [Stop(1, None, 1, draw(st.none() | MOMENTS), early=False, led=True)]
    for number in range(2, draw(st.integers(2, 40))):
        above = draw(st.sampled_from([stop for stop in stops if stop.level < LAST]))
        relayed = draw(st.none() | MOMENTS)
        early, led = draw(st.booleans()), draw(st.booleans())
        stops.append(Stop(number, above.id, above.level + 1, relayed, early, led))
    return stops


def below(nodes: dict[int, Node], top: int) -> list[Node]:
    """A stop and everything under it, found the slow way."""

    def ends_at(node: Node) -> bool:
        stop: Stop | None = node.stop
        while stop and stop.id != top:
            stop = nodes[stop.above].stop if stop.above else None
        return stop is not None

    return [node for node in nodes.values() if ends_at(node)]


@settings(max_examples=30, deadline=None)
@given(chains(), MOMENTS)
def test_every_number_is_the_length_of_the_list_behind_it(stops: list[Stop], at: datetime) -> None:
    nodes = unfold(stops, WAY, at=at)
    for node in nodes.values():
        listed = below(nodes, node.stop.id)
        assert node.tally.total == len(listed)
        assert node.tally.overdue == sum(other.is_overdue for other in listed)
        for level in range(1, LAST + 1):
            for state in State:
                count = sum(n.stop.level == level and n.state is state for n in listed)
                assert node.tally.of(level=level, state=state) == count


@settings(max_examples=30, deadline=None)
@given(chains(), MOMENTS)
def test_a_place_is_its_own_and_what_lies_below_it(stops: list[Stop], at: datetime) -> None:
    nodes = unfold(stops, WAY, at=at)
    for node in nodes.values():
        children = [n for n in nodes.values() if n.stop.above == node.stop.id]
        assert node.tally.total == 1 + sum(child.tally.total for child in children)
        assert node.tally.missing == (node.state is not State.RELAYED) + sum(
            child.tally.missing for child in children
        )


@settings(max_examples=30, deadline=None)
@given(st.data(), chains(), MOMENTS)
def test_the_order_in_which_stops_are_read_never_matters(
    data: st.DataObject, stops: list[Stop], at: datetime
) -> None:
    shuffled: Sequence[Stop] = data.draw(st.permutations(stops))
    assert unfold(shuffled, WAY, at=at) == unfold(stops, WAY, at=at)


@settings(max_examples=30, deadline=None)
@given(chains(), MOMENTS)
def test_it_stopped_only_where_it_has_come_and_has_not_been_relayed(
    stops: list[Stop], at: datetime
) -> None:
    nodes = unfold(stops, WAY, at=at)
    for node in nodes.values():
        above = nodes.get(node.stop.above or 0)
        has_come = above is None or node.stop.early or above.state is State.RELAYED
        assert (node.since is not None) is has_come
        assert node.is_stuck is (has_come and node.stop.relayed_at is None)
        assert node.is_overdue is (node.is_stuck and WAY.due(node.stop.level) < at)
        assert (node.state is State.NOBODY) is (not node.stop.led and not node.stop.relayed_at)


@settings(max_examples=30, deadline=None)
@given(st.data(), chains(), MOMENTS)
def test_one_more_confirmation_makes_one_place_less_missing_everywhere_above(
    data: st.DataObject, stops: list[Stop], at: datetime
) -> None:
    before = unfold(stops, WAY, at=at)
    missing = [stop for stop in stops if stop.relayed_at is None]
    if not missing:
        return
    chosen = data.draw(st.sampled_from(missing))
    after = unfold(
        [s._replace(relayed_at=at) if s.id == chosen.id else s for s in stops], WAY, at=at
    )
    for node in before.values():
        holds_it = any(other.stop.id == chosen.id for other in below(before, node.stop.id))
        assert after[node.stop.id].tally.missing == node.tally.missing - holds_it


def test_every_level_has_an_equal_share_of_the_time() -> None:
    shares = [WAY.due(level) - ISSUED for level in (1, 2, 3, 4)]
    assert shares == [timedelta(hours=hours) for hours in (0, 8, 16, 24)]
    building = WAY._replace(top=3)
    assert building.due(4) == WAY.arrive_by
    assert WAY._replace(top=4).due(4) == WAY.arrive_by
