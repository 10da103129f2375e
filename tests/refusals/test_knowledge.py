"""What is known is whole: every limit, every SQLSTATE and every question has an answer, and every command exists."""

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from pgconn.cli.app import COMMANDS
from pgconn.documents.explanation import Explanation
from pgconn.model.finding import Remedy
from pgconn.model.refusal import WANT_OF_SLOT, Limit, Refusal
from pgconn.refusals import read_text
from pgconn.refusals.explaining import explain, explain_limit
from pgconn.refusals.messages import english
from pgconn.refusals.pages import VARIANTS, meaning_of, question, question_names, sqlstates
from pgconn.refusals.topics import contents, is_question, topic, topic_for
from tests.refusals.spoken import SPOKEN

pytestmark = pytest.mark.offline

LIMITS: tuple[Limit, ...] = get_args(Limit)
TOPICS = question_names()
QUESTIONS = {
    "does a superuser bypass max_connections?": "superuser",
    "can the postgres user exceed max_connections": "superuser",
    "should I just raise max_connections?": "raise",
    "how do I increase max_connections to 1000": "raise",
    "how many connections can postgres handle?": "raise",
    "what happens if I restart": "restart",
    "which pool_mode": "pool-mode",
    "session or transaction pooling?": "pool-mode",
    "why only sometimes with Lambda?": "serverless",
    "why does it happen only on vercel": "serverless",
    "why is idle in transaction so dangerous?": "idle-in-transaction",
    "how to see a leak in development": "leak",
    "how do I find a connection leak": "leak",
    "how do I log in when the server is full": "get-in",
    "should I restart postgres?": "restart",
    "can I kill -9 a backend": "kill-9",
    "why are the connections back after I killed them": "comes-back",
    "are idle connections bad": "idle",
    "why am I refused at 97 of 100": "counting",
    "what is superuser_reserved_connections": "reserved",
    "why does pg_isready say accepting connections": "pg-isready",
    "what is the difference between max_client_conn and default_pool_size": "pgbouncer-limits",
    "how big should my pool be?": "pool-size",
    "why during deploys": "deploy",
    "should I set idle_session_timeout": "idle-session-timeout",
    "prepared statement does not exist behind pgbouncer, why?": "prepared-statements",
    "can kubernetes probes use up connections": "probes",
    "how much memory does a connection need": "memory",
    "what about RDS": "managed",
    "does my prometheus exporter eat connections": "monitoring",
    "how do I see who is connected": "who",
    "which application uses all the connections": "who",
    "how to kill idle connections": "kill-idle",
    "can I drop all idle sessions safely": "kill-idle",
}


def remedies() -> Iterator[Remedy]:
    for limit in LIMITS:
        reported = explain(Refusal(limit=limit, message="", source="postgresql"))
        yield from (*reported.remedies, *reported.prevention)
    for name in TOPICS:
        yield from question(name).steps


@pytest.mark.parametrize("limit", LIMITS)
def test_every_limit_has_a_meaning(limit: Limit) -> None:
    reported = explain_limit(limit)
    assert reported is not None
    assert reported.title
    assert reported.meaning.endswith(".")
    if limit in WANT_OF_SLOT:
        assert reported.wants_slot
        assert len(reported.causes) > 2
        assert reported.remedies
        assert reported.prevention
        assert reported.who_can_enter


def test_what_is_no_lack_of_slots_says_so() -> None:
    for limit in ("starting_up", "shutting_down", "recovery", "login", "no_such_database", "no_listener"):
        assert "no lack of slots" in meaning_of(limit).meaning
    for state in sqlstates().states:
        reported = explain(read_text(state))
        assert ("no lack of slots" in reported.title) is (reported.limit != "unknown"), state


@pytest.mark.parametrize("state", ["08000", "08001", "08004", "08006", "08P01", "XX000"])
def test_a_code_that_poolers_and_drivers_give_to_their_limits_tells_nothing_alone(state: str) -> None:
    assert "does not tell" in explain(read_text(state)).title


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("FATAL:  terminating connection due to idle-session timeout", "57P05"),
        ("FATAL:  terminating connection due to idle-in-transaction timeout", "25P03"),
        ("FATAL:  terminating connection due to administrator command", "57P01"),
        ("ERROR:  canceling statement due to statement timeout", "57014"),
        ("ERROR:  canceling statement due to lock timeout", "55P03"),
        ("ERROR:  deadlock detected", "40P01"),
        ('ERROR:  duplicate key value violates unique constraint "a"', "23505"),
        ("FATAL:  connection to client lost", "08006"),
        ("FATAL:  terminating connection due to conflict with recovery", "40001"),
        ('ERROR:  prepared statement "a b" already exists', "42P05"),
        ('ERROR:  database "x" is being accessed by other users', "55006"),
        ("ERROR:  cannot execute UPDATE in a read-only transaction", "25006"),
    ],
)
def test_a_neighbour_is_known_by_its_text(text: str, state: str) -> None:
    assert explain(read_text(text)).title.startswith(state)


def test_53300_alone_says_that_it_may_be_one_of_several() -> None:
    reported = explain(read_text("53300"))
    assert "does not tell which" in reported.title
    assert reported.wants_slot


def test_a_server_that_refuses_the_pooler_is_explained_with_both() -> None:
    text = "server login has been failing, cached error: sorry, too many clients already (server_login_retry)"
    reported = explain(read_text(text))
    assert (reported.limit, reported.behind) == ("pooler_login", "slots")
    assert meaning_of("slots").title in reported.title
    assert set(meaning_of("slots").causes) < set(reported.causes)


def test_every_command_of_an_answer_is_one_of_the_program() -> None:
    there = {name for commands in COMMANDS.values() for name in commands}
    named = [word for remedy in remedies() if remedy.command for word in re.findall(r"^pgconn (\S+)", remedy.command)]
    assert len(named) > 20
    assert set(named) <= there


def test_every_topic_that_is_pointed_to_exists() -> None:
    pointed = {topic for name in (*LIMITS, *VARIANTS) for topic in meaning_of(name).topics}
    pointed |= {topic for name in TOPICS for topic in question(name).topics}
    assert pointed <= set(TOPICS)


def test_no_sentence_is_empty_or_runs_on() -> None:
    for remedy in remedies():
        assert remedy.action == remedy.action.strip() != ""
        assert not remedy.action.endswith(".")
    for name in TOPICS:
        reported = topic(name)
        assert reported is not None
        assert all("  " not in text and text[-1] in ".?" for text in reported.answer)


def test_contents_list_all_names() -> None:
    reported = contents()
    assert [entry.name for entry in reported.topics] == list(TOPICS)
    assert {entry.name for entry in reported.limits} == set(LIMITS)


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_in_other_words_finds_its_answer(asked: str) -> None:
    found = topic_for(asked)
    assert found is not None
    assert found.name == QUESTIONS[asked]


@pytest.mark.parametrize("name", TOPICS)
def test_a_question_as_it_stands_finds_itself(name: str) -> None:
    asked = question(name).question
    assert is_question(asked)
    found = topic_for(asked)
    assert found is not None
    assert found.name == name


def test_a_message_of_a_server_is_never_taken_for_a_question() -> None:
    for words in SPOKEN.values():
        assert not any(is_question(message) for _, message in words)


@pytest.mark.parametrize(
    "words",
    [
        "could not fork new process for connection: Resource temporarily unavailable",
        "Can't reach database server at db:5432",
        "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?",
    ],
)
def test_a_message_that_begins_or_ends_like_a_question_is_none(words: str) -> None:
    assert not is_question(words)


def test_a_message_that_has_a_word_of_a_topic_in_it_is_not_answered_by_that_topic() -> None:
    assert topic_for("cannot perform operation on pool 3 of shard eu-7: the manager refused it as unhealthy") is None
    assert topic_for("оставшиеся слоты зарезервированы для ролей с атрибутом SUPERUSER") is None
    found = topic_for("hikari pool size")
    assert found is not None
    assert found.name == "pool-size"


@given(st.text())
def test_whatever_is_asked_has_an_answer_or_none(text: str) -> None:
    topic(text), topic_for(text), explain_limit(text)
    assert isinstance(explain(read_text(text)), Explanation)


def test_no_english_message_is_taken_for_a_question() -> None:
    messages = [example for row in english() if row.source == "postgresql" for _, example in row.examples()]
    assert "must be superuser or replication role to start walsender" in messages
    assert [message for message in messages if is_question(message)] == []
    assert is_question("must a walsender have a slot")
    assert is_question("what does sorry, too many clients already mean?")
