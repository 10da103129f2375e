"""What a pooler puts behind an application_name is cut off, and nothing that only looks like it."""

import ipaddress

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.model.client_name import LONGEST_NAME, split_client
from pgconn.model.criteria import Criteria, pattern
from pgconn.model.session import Session
from tests.model.making import session

pytestmark = pytest.mark.offline

NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)
CLIENTS = st.one_of(
    st.builds("{}:{}".format, st.ip_addresses(v=4), st.integers(1, 65535)),
    st.builds("[{}]:{}".format, st.ip_addresses(v=6), st.integers(1, 65535)),
    st.builds(
        "unix({}@{}):{}".format, st.integers(1, 4194304), st.sampled_from(("vm", "db-1.x")), st.integers(1, 65535)
    ),
    st.just("<unix socket>"),
)


@pytest.mark.parametrize(
    ("name", "application", "client"),
    [
        ("web - 127.0.0.1:41288", "web", "127.0.0.1:41288"),
        ("app - [::1]:54700", "app", "[::1]:54700"),
        ("web - ::1:54700", "web", "::1:54700"),
        ("web - [fe80::1%eth0]:6", "web", "[fe80::1%eth0]:6"),
        ("web - unix(4638@vm):24171", "web", "unix(4638@vm):24171"),
        ("web - <unix socket>", "web", "<unix socket>"),
        ("w - 10.0.0.1:5 - 127.0.0.1:33050", "w - 10.0.0.1:5", "127.0.0.1:33050"),
        (" - 127.0.0.1:1", "", "127.0.0.1:1"),
        ("a\nb - 127.0.0.1:1", "a\nb", "127.0.0.1:1"),
    ],
)
def test_address_and_port_at_the_end_are_the_client(name: str, application: str, client: str) -> None:
    assert split_client(name) == (application, client)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "web",
        "web - 127.0.0.1",
        "web-127.0.0.1:1",
        "web -127.0.0.1:1",
        "web - 127.0.0.1:",
        "web - 127.0.0.1:70000",
        "web - 127.0.0.1:-1",
        "web - 127.0.0.256:1",
        "web - db1:5432",
        "backup - 12:30",
        "job - 3",
        "report - 2026.11",
        "x - unix(vm):1",
        "x - unix(1@a b):1",
        "x - ٣.1.1.1:1",
        "web - 127.0.0.1:٣",
        "web - 127.0.0.1:1 ",
        "web - 127.0.0.1:1 - more",
        "web - [::1:5",
    ],
)
def test_another_end_belongs_to_the_application(name: str) -> None:
    assert split_client(name) == (name, None)


@pytest.mark.parametrize(
    ("end", "client"),
    [
        (" - 127.0.0.1:4128", "127.0.0.1"),
        (" - 127.0.0.1:41288", "127.0.0.1:41288"),
        (" - 127.0.0.1:", "127.0.0.1"),
        (" - 127.0.0.1", "127.0.0.1…"),
        (" - 127.0", "127.0…"),
        (" - 127.", "127.…"),
        (" - [::1]", "[::1]"),
        (" - [fd00::", "[fd00::…"),
        (" - unix(", "unix(…"),
        (" - unix(4638@vm):2", "unix(4638@vm)"),
        (" - <unix so", "<unix so…"),
    ],
)
def test_of_a_client_that_postgresql_has_cut_there_is_as_much_as_is_certain(end: str, client: str) -> None:
    application = "b" * (LONGEST_NAME - len(end))
    assert split_client(application + end) == (application, client)


@pytest.mark.parametrize("end", [" - 12", " - 1", " - ", " -", " - report", " - <", " - 1.x", " - u"])
def test_a_name_of_full_length_whose_end_begins_no_address_stays(end: str) -> None:
    name = "b" * (LONGEST_NAME - len(end)) + end
    assert split_client(name) == (name, None)


@given(NAMES, CLIENTS)
def test_however_the_application_is_called_its_name_comes_back_as_far_as_it_was_sent(name: str, client: str) -> None:
    sent = f"{name} - {client}"[:LONGEST_NAME]
    application, found = split_client(sent)
    assert sent.startswith(application)
    if len(f"{name} - {client}") < LONGEST_NAME:
        assert (application, found) == (name, client)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_address_and_port_is_one(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    assert split_client(f"w - {host}:{port}") == ("w", f"{host}:{port}")


def test_a_session_is_called_as_its_application_is_and_has_the_client_beside_it() -> None:
    one = session(application_name="web - 10.0.0.7:41288")
    assert (one.application_name, one.pooled_client) == ("web", "10.0.0.7:41288")
    assert Criteria(patterns=(pattern("application_name", "web"),)).choose([one]) == (one,)


def test_no_second_client_is_cut_off_when_a_session_is_copied_or_read_again() -> None:
    one = session(application_name="w - 10.0.0.1:5 - 10.0.0.7:41288")
    assert msgspec.structs.replace(one, pid=7).application_name == "w - 10.0.0.1:5"
    assert msgspec.json.decode(msgspec.json.encode(one), type=Session) == one


def test_a_recording_of_before_is_read_with_the_client_cut_off() -> None:
    assert (
        msgspec.json.decode(b'{"pid":1,"application_name":"web - 10.0.0.7:4"}', type=Session).pooled_client
        == "10.0.0.7:4"
    )
