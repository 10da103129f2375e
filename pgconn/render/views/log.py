"""A log's refusals: when, by which limit, of which clients, and whether they are a blip."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pgconn.documents.log import LogReport, Sender, Share
from pgconn.render.blocks import Block, Column, Fact, Facts, Heading, Placeholder, Row, Section, Step, Steps, Table
from pgconn.render.views import VIEWS, Rows, View, ViewOptions
from pgconn.render.views.explanation import steps_of
from pgconn.text.quantities import show_count, show_duration, show_size

_WIDTHS: Final = (
    (60, "minute"),
    (300, "5 minutes"),
    (900, "15 minutes"),
    (3600, "hour"),
    (6 * 3600, "6 hours"),
    (86400, "day"),
    (7 * 86400, "week"),
    (30 * 86400, "30 days"),
    (365 * 86400, "365 days"),
    (3650 * 86400, "3650 days"),
)
_MOST_ROWS: Final = 24
_MOST_SENDERS: Final = 5
_BAR: Final = 24
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"


def log_blocks(report: LogReport, _: ViewOptions) -> Iterator[Block]:
    """The verdict first, then the refusals over time and by what they have in common."""
    yield Heading(text=_headline(report))
    yield Facts(facts=tuple(Fact(label=label, text=text) for label, text in _facts(report)))
    if report.refusals:
        yield _table(report)
    if (found := report.explanation) is not None:
        name = found.sqlstate if report.by.limit[0].value == "some_limit" else found.limit
        more = Step(command=f"pgconn explain {name}", why="the likely causes, and what keeps it away")
        yield Steps(steps=(*steps_of(found.remedies)[:3], more))


def log_rows(report: LogReport) -> Rows:
    """The numbers as one table."""
    return Rows(columns=("by", "value", "refusals"), rows=_rows(report))


def _rows(report: LogReport) -> Iterator[Row]:
    for minute in report.minutes:
        yield "minute", minute.at, minute.refusals
    for column in ("limit", "user", "database", "host"):
        for share in getattr(report.by, column):
            yield column, share.value, share.refusals
    for share in report.others:
        yield "not about a free slot", share.value, share.refusals
    for sender in report.ended_by:
        yield "sessions ended by", _sender(sender), sender.sessions


def _headline(report: LogReport) -> str:
    if not report.refusals and not _understood(report):
        return f"no line of {_files(report)} is in a form that pgconn reads"
    if not report.refusals and report.forms and all(form.mute for form in report.forms):
        return f"no refusal in {_files(report)}, where none would be written down"
    what = show_count(report.refusals, "refusal") if report.refusals else "no refusal"
    return f"{what} {_lack(report)} in {_files(report)}{_VERDICTS[report.verdict]}"


def _lack(report: LogReport) -> str:
    """What the refusals were for, as far as the log tells."""
    if not report.undecided:
        return "for lack of a slot"
    if report.undecided == report.refusals:
        return "by a server that was full, starting or stopping"
    return f"for lack of a slot ({report.undecided} of them, or the server was starting or stopping)"


_VERDICTS: Final = {"none": "", "unknown": "", "blip": ": a blip", "blips": ": blips", "sustained": ": sustained"}


def _files(report: LogReport) -> str:
    names = report.files
    return ", ".join(names) if len(names) < 4 else f"{names[0]} and {len(names) - 1} more files"


def _understood(report: LogReport) -> bool:
    """Whether a line was in a form that is known; an empty log has none."""
    counted = report.others or report.pooler_logins or report.unfinished_logins or report.ended_by
    return bool(report.forms or counted) or report.size_bytes == 0


def _facts(report: LogReport) -> Iterator[tuple[str, str]]:
    if report.verdict not in ("none", "unknown"):
        yield "verdict", _verdict(report)
        yield "over time", _sparkline(report)
    if report.untimed:
        yield "without time", f"{show_count(report.untimed, 'refusal')} on lines without a time"
    if report.explanation:
        yield "mostly", f"{report.explanation.title} ({report.explanation.whose})"
    if report.explanation and report.explanation.who_can_enter:
        yield "gets in", report.explanation.who_can_enter
    yield from _besides(report)
    yield "read", _read(report)


def _besides(report: LogReport) -> Iterator[tuple[str, str]]:
    """What else the log tells, and what it does not."""
    if report.pooler_logins:
        yield "pooler", f"{show_count(report.pooler_logins, 'login')} of the pooler itself refused by the server"
    if report.nodes_down:
        times = "once" if report.nodes_down == 1 else f"{report.nodes_down} times"
        yield "node down", f"Pgpool-II took a server out of use {times}: it stays out until pcp_attach_node"
    if report.unfinished_logins:
        what = "did not finish: authentication_timeout, or ended before"
        yield "logins", f"{show_count(report.unfinished_logins, 'login')} {what}"
    if report.ended_by:
        yield (
            "ended by",
            "; ".join(_sender_counted(sender) for sender in report.ended_by[:_MOST_SENDERS]) + _more(report),
        )
    if report.others:
        others = ", ".join(f"{share.refusals} {share.value}" for share in report.others)
        yield "besides", f"turned away for another reason: {others}"
    for form in report.forms:
        if form.not_logged:
            yield "not logged", f"{form.title} does not tell of {form.not_logged}"


def _sender_counted(sender: Sender) -> str:
    return f"{show_count(sender.sessions, 'session')} by {_sender(sender)}"


def _sender(sender: Sender) -> str:
    """A process as a reader looks for it: its session, or what else it was."""
    if sender.user:
        application = f", {sender.application}" if sender.application else ""
        host = f" from {sender.host}" if sender.host else ""
        what = f"{sender.user}@{sender.database or '?'}{application}{host}"
    elif sender.backend_type == "postmaster":
        what = "the postmaster, which stopped the server"
    else:
        what = sender.backend_type or "no process that this log names"
    return f"PID {sender.pid}, UID {sender.uid} ({what})"


def _more(report: LogReport) -> str:
    rest = report.ended_by[_MOST_SENDERS:]
    return f"; {sum(sender.sessions for sender in rest)} by {len(rest)} others" if rest else ""


def _read(report: LogReport) -> str:
    titles = ", ".join(form.title for form in report.forms)
    return f"{show_size(report.size_bytes)}: {titles}" if titles else show_size(report.size_bytes)


def _verdict(report: LogReport) -> str:
    longest = max(report.episodes, key=lambda episode: episode.seconds)
    lasted = show_duration(longest.seconds)
    if report.verdict == "sustained":
        more = f", and {show_count(len(report.episodes) - 1, 'other episode')}" if len(report.episodes) > 1 else ""
        when = f"{lasted} from {_local(longest.begin)} to {_local(longest.end)}"
        return f"sustained: {when}{more}; this does not end by itself"
    if report.verdict == "blip":
        when = f"{lasted} at {_local(longest.begin)}"
        return f"a blip of {when}: so it looks when a deploy has old and new instances side by side"
    what = "look for what happens at these times, a job or a deploy"
    return f"{len(report.episodes)} blips, the longest {lasted}: {what}"


def _sparkline(report: LogReport) -> str:
    _, title, counts = _over_time(report)
    most = max(count for _, count in counts)
    bars = "".join(_EIGHTHS[0 if not count else max(1, round(8 * count / most))] for _, count in counts)
    peak = max(counts, key=lambda item: item[1])
    each = title if title[0].isdigit() else f"one {title}"
    return f"[{bars}] each bar is {each}, the highest {peak[1]} at {peak[0]}"


def _table(report: LogReport) -> Table:
    sections = []
    if report.minutes:
        _, title, counts = _over_time(report)
        most = max(count for _, count in counts)
        sections.append(Section(title=title, rows=tuple((at, count, _bar(count, most)) for at, count in counts)))
    columns = ("limit", "user", "database", "host")
    sections += [Section(title=column, rows=_shares(getattr(report.by, column))) for column in columns]
    titles = (Column(title=""), Column(title="refusals", kind="count"), Column(title="share"))
    return Table(columns=titles, sections=tuple(sections))


def _shares(shares: tuple[Share, ...]) -> tuple[Row, ...]:
    most = max((share.refusals for share in shares), default=1)
    unknown = Placeholder(text="(unknown)")
    return tuple(
        (unknown if share.value is None else share.value, share.refusals, _bar(share.refusals, most))
        for share in shares
    )


def _bar(count: int, most: int) -> Placeholder:
    return Placeholder(text="█" * max(1 if count else 0, round(_BAR * count / most)))


def _over_time(report: LogReport) -> tuple[int, str, list[tuple[str, int]]]:
    """The refusals in a few equal intervals: their width, its name, and each with its count."""
    moments = [(datetime.fromisoformat(minute.at).replace(tzinfo=None), minute.refusals) for minute in report.minutes]
    first, last = moments[0][0], moments[-1][0]
    span = (last - first).total_seconds() + report.minute_seconds
    width, title = next(
        (pair for pair in _WIDTHS if pair[0] >= report.minute_seconds and span / pair[0] <= _MOST_ROWS), _WIDTHS[-1]
    )
    start = _floor(first, width)
    counts = [0] * (int((last - start).total_seconds()) // width + 1)
    for moment, refusals in moments:
        counts[int((moment - start).total_seconds()) // width] += refusals
    form = "%Y-%m-%d" if width >= 86400 else "%Y-%m-%d %H:%M"
    return width, title, [(f"{start + timedelta(seconds=i * width):{form}}", count) for i, count in enumerate(counts)]


def _floor(moment: datetime, width: int) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(seconds=(moment - midnight).total_seconds() // width * width)


def _local(at: str) -> str:
    return at[:19].replace("T", " ")


VIEWS[LogReport] = View(blocks=log_blocks, rows=log_rows)
