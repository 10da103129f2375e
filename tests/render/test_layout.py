"""Where what stands on a screen, and what is cut when there is too little room."""

import re

import pytest
from hypothesis import given, settings, strategies as st
from rich.cells import cell_len

from pgconn.model.session import ACTIVE
from pgconn.render.blocks import Bar, Column, Fact, Facts, Heading, Step, Steps, Table
from pgconn.render.formats import Screen
from pgconn.render.formats.grid import cells, fitted, squeezed, widths
from pgconn.render.formats.screen import fit
from pgconn.render.formats.text import write
from pgconn.render.views import ViewOptions
from pgconn.text.harmless import harmless
from tests.model.making import limit, session, sessions, shop, snapshot
from tests.render.pages import FORMATS, sessions_of, status_of, table, written

pytestmark = pytest.mark.offline

FLOOR = 1
LENGTHS = st.lists(st.integers(0, 40), min_size=1, max_size=6)


@given(lengths=LENGTHS, lines=st.integers(-5, 120), below=st.sampled_from((0, 1)))
def test_no_more_lines_are_taken_than_there_are_unless_each_section_has_but_its_few_rows(
    lengths: list[int], lines: int, below: int
) -> None:
    shown = fit(lengths, lines, below=below)
    taken = sum(shown) + below * sum(rows < length for rows, length in zip(shown, lengths, strict=True))
    assert all(0 <= rows <= length for rows, length in zip(shown, lengths, strict=True))
    assert taken <= lines or shown == [min(length, FLOOR) for length in lengths]


@given(lengths=LENGTHS, lines=st.integers(0, 120))
def test_a_line_is_left_empty_only_when_nothing_is_cut(lengths: list[int], lines: int) -> None:
    shown = fit(lengths, lines, below=0)
    assert sum(shown) >= min(lines, sum(lengths))


@given(lengths=LENGTHS, lines=st.integers(0, 120), below=st.sampled_from((0, 1)))
def test_no_section_is_cut_while_another_shows_two_rows_more(lengths: list[int], lines: int, below: int) -> None:
    shown = fit(lengths, lines, below=below)
    cut = [rows for rows, length in zip(shown, lengths, strict=True) if rows < length]
    assert not cut or max(shown) <= min(cut) + 1 + below


@given(lengths=LENGTHS, lines=st.integers(0, 120))
def test_a_higher_screen_shows_no_section_less(lengths: list[int], lines: int) -> None:
    lower, higher = fit(lengths, lines), fit(lengths, lines + 1)
    assert sum(lower) <= sum(higher)


TEXTS = st.text(st.sampled_from("ab漢字🐘e\u0301"), max_size=12)


@given(text=TEXTS, width=st.integers(1, 30), right=st.booleans())
def test_a_text_that_is_fitted_has_the_width_it_was_given(text: str, width: int, right: bool) -> None:
    shown = fitted(text, width, right)
    assert cell_len(shown) == width
    if cells(text) <= width:
        assert shown.strip(" ") == text
    else:
        assert shown.endswith("…")


@given(needed=st.lists(st.integers(0, 60), min_size=1, max_size=8), room=st.integers(0, 200), data=st.data())
def test_columns_are_made_narrower_only_as_far_as_they_must(needed: list[int], room: int, data: st.DataObject) -> None:
    elastic = data.draw(st.lists(st.booleans(), min_size=len(needed), max_size=len(needed)))
    given_widths = squeezed(needed, elastic, room)
    for before, after, may in zip(needed, given_widths, elastic, strict=True):
        assert after == before or (may and min(before, 6) <= after < before)
    assert sum(given_widths) <= max(room, sum(needed)) and (sum(given_widths) >= min(room, sum(needed)))


def test_a_width_is_counted_in_cells_not_in_characters() -> None:
    assert widths([["漢字", "a"], ["abc", "e\u0301"]], 2) == [4, 1]


@pytest.mark.parametrize("name", ["plain", "table"])
def test_columns_stay_aligned_beside_wide_characters_and_combining_marks(name: str) -> None:
    names = ["plain", "数据库" * 4, "e\u0301" * 9, "🐘" * 5]
    seen = snapshot(*(session(pid, user=user, database="here") for pid, user in enumerate(names, 100)))
    lines = [line for line in FORMATS[name](sessions_of(seen)).splitlines() if "here" in line]
    assert len(lines) == len(names)
    assert len({cell_len(line[: line.index("here")]) for line in lines}) == 1


@pytest.mark.parametrize("width", [20, 40, 79, 80, 100, 120, 160, 300])
@pytest.mark.parametrize("by", [(), ("state", "application_name", "user", "client_addr", "database")])
def test_no_line_is_wider_than_the_screen(width: int, by: tuple[str, ...]) -> None:
    for document in (status_of(shop(), by), sessions_of(shop())):
        for line in table(document, width, 24).splitlines():
            assert cell_len(line) <= width


@pytest.mark.parametrize("width", [80, 120, 160])
def test_the_pid_and_every_count_are_always_whole(width: int) -> None:
    long = {"user": "u" * 40, "application_name": "a" * 63, "database": "d" * 63, "query": "select " + "x" * 900}
    seen = snapshot(*(session(1_234_500 + number, **long) for number in range(5)))
    shown = table(sessions_of(seen), width)
    assert all(str(1_234_500 + number) in shown for number in range(5))
    counted = table(status_of(seen, ("application_name", "user", "client_addr")), width)
    assert re.search(r" 5 +0 +5 +0 +0 +1s$", counted, re.MULTILINE)


def test_a_screen_of_24_lines_holds_a_list_of_sessions() -> None:
    shown = table(sessions_of(snapshot(*sessions(500))), 80, 24)
    assert len(shown.splitlines()) <= 23
    assert "… 491 more: --limit 0" in shown


@settings(deadline=None)
@given(count=st.integers(0, 40), height=st.integers(8, 60))
def test_a_list_of_sessions_is_never_higher_than_the_screen_and_says_how_many_it_left_out(
    count: int, height: int
) -> None:
    shown = table(sessions_of(snapshot(*sessions(count, query=None))), 80, height).splitlines()
    assert len(shown) < height
    listed = sum("10.0.0.7" in line for line in shown)
    left_out = [int(match[1]) for line in shown if (match := re.match(r"… (\d+) more: --limit 0", line))]
    assert listed + sum(left_out) == count


def test_each_section_that_was_cut_says_how_many_rows_are_missing_and_how_to_see_them() -> None:
    seen = snapshot(*(session(pid, user=f"u{pid}", client_addr=f"10.0.0.{pid}") for pid in range(1, 20)))
    shown = table(status_of(seen), 80, 24)
    for title in ("by user", "by client"):
        (line,) = re.findall(rf"^{title}  … (\d+) more: --limit 0$", shown, re.MULTILINE)
        assert int(line) == 19 - shown.count("  u" if title == "by user" else "  10.0.0.")
    assert re.search("by application$", shown, re.MULTILINE)


def test_rows_asked_for_are_given_however_low_the_screen() -> None:
    seen = snapshot(*(session(pid, user=f"u{pid}") for pid in range(1, 20)))
    shown = written(status_of(seen), "table", ViewOptions(rows=7))
    assert sum(bool(re.match(r"  u\d+ ", line)) for line in shown.splitlines()) == 7
    assert "… 12 more: --limit 0" in shown


def test_what_waits_for_its_client_because_it_is_idle_does_not_say_so() -> None:
    shown = table(sessions_of(snapshot(session(1), session(2, state=ACTIVE, wait_event="ClientWrite"))), 80)
    assert shown.count("waits for") == 1
    assert "Client/ClientWrite" in shown


def test_a_usual_client_is_not_called_a_client_backend_again_and_again() -> None:
    assert "client backend" not in table(sessions_of(snapshot(*sessions(3))), 80)
    assert table(sessions_of(shop()), 80).count("type walsender") == 1


def test_an_empty_name_the_socket_and_no_role_are_shown_as_what_they_are() -> None:
    seen = snapshot(session(1, application_name="", client_addr="local"), session(2, user=None, database=None))
    shown = FORMATS["plain"](status_of(seen))
    for words in ("(no application_name)", "(local socket)", "(no user)", "(no database)"):
        assert words in shown


@pytest.mark.parametrize(("used", "filled"), [(0, 0), (1, 2), (12, 24), (24, 48), (25, 50), (30, 50)])
def test_the_bar_is_full_only_when_nothing_is_left(used: int, filled: int) -> None:
    bar = Bar(used=used, whole=25, warning=0.8, critical=0.9)
    facts = Facts(facts=(Fact(label="slots", text="x", bar=bar),))
    assert write((facts,), Screen(width=160)).count("█") == filled


def test_a_bar_of_a_server_without_a_slot_is_full() -> None:
    assert Bar(used=0, whole=0, warning=0.8, critical=0.9).mood == "critical"


def test_a_table_without_rows_is_its_titles() -> None:
    empty = Table.of((Column(title="a"), Column(title="b")), ())
    assert write((Heading(text="x"), empty), Screen(height=24)).splitlines()[-1] == "a  b"


def test_a_command_is_not_suggested_to_who_has_just_given_it() -> None:
    assert "--by app,user,ip" in FORMATS["plain"](status_of(shop()))
    assert "--by app,user,ip" not in FORMATS["plain"](status_of(shop(), ("application_name", "user")))


@pytest.mark.parametrize(("width", "lines"), [(120, 1), (60, 3)])
def test_prose_stands_beside_the_rest_where_all_of_it_fits_and_else_below_and_is_never_cut(
    width: int, lines: int
) -> None:
    why = "it belongs to a role of yours: --not-protected replication-roles lifts that once"
    columns = (Column(title="pid", kind="count"), Column(title="why", place="prose"))
    shown = write((Table.of(columns, ((4711, why),)),), Screen(width=width, height=24)).splitlines()
    row = next(i for i, line in enumerate(shown) if "4711" in line)
    assert len(shown[row:]) == lines
    assert " ".join(" ".join(shown[row:]).split()) == f"4711 {why}"


def test_the_reason_of_a_step_stays_below_its_command_where_it_is_folded() -> None:
    steps = Steps(steps=(Step(command="pgconn status --by app,state", why="see what they do " * 6),))
    shown = write((steps,), Screen(width=50)).partition("next")[2].splitlines()
    assert len(shown) > 2
    assert all(line.startswith(" " * 8) for line in shown[1:] if line)


def test_the_grant_that_shows_what_is_hidden_is_among_the_steps_however_much_was_found() -> None:
    hidden = tuple(session(pid, state=None, user=f"u{pid}", hidden=True, holds_slot=None) for pid in range(1, 26))
    limits = tuple(limit(name=f"u{pid}", most=1) for pid in range(1, 26))
    shown = FORMATS["plain"](status_of(snapshot(*hidden, connection_limits=limits)))
    steps = shown.partition("next:\n")[2].splitlines()
    assert len(steps) == 3
    assert 'GRANT pg_monitor TO "watcher";' in steps[-1]


def test_counts_of_states_that_are_hidden_are_no_zeros() -> None:
    hidden = session(2, state=None, hidden=True)
    shown = FORMATS["plain"](status_of(snapshot(session(1), hidden)))
    assert re.search(r"user +app +2 +\? +\? +\? +\?\n", shown)
    assert re.search(r"state +idle +1 +0 +1 +0 +0 +1s\n", shown)


def test_a_query_that_is_asked_for_whole_is_there_to_the_last_character_on_lines_of_its_own() -> None:
    query = "select 'a long one'\n  from \x1b[31m" + "漢字" * 40 + "\n where x = 1"
    document = sessions_of(snapshot(session(7, query=query), session(8, query=None)))
    shown = written(document, "table", ViewOptions(full=True), height=24)
    lines = shown.splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    assert "    select 'a long one'" in lines
    assert "     where x = 1" in lines
    assert harmless(query).replace("\\n", "").replace(" ", "") in "".join(shown.split())
    assert "\x1b" not in shown
