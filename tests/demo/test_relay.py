"""Clients come from where the relay says."""

import sys

import pytest

from pgconn.demo.clients import scalar, session
from pgconn.demo.relay import relays
from tests.servers import Server


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_clients_come_from_several_addresses(local_cluster: Server) -> None:
    with relays(local_cluster, "127.0.0.11", "127.0.0.12") as ways:
        for source, relay in ways.items():
            with session(local_cluster, **relay.place) as connection:
                assert scalar(connection, "select pg_catalog.host(pg_catalog.inet_client_addr())") == source


def test_a_relay_from_an_address_that_is_not_ours_still_leads_to_the_server(cluster: Server) -> None:
    with (
        relays(cluster, "192.0.2.1") as ways,
        session(cluster, **ways["192.0.2.1"].place) as connection,
    ):
        assert scalar(connection, "select 1") == 1


def test_closing_a_relay_ends_the_sessions_that_use_it(cluster: Server) -> None:
    with relays(cluster, "127.0.0.11") as ways:
        relay = ways["127.0.0.11"]
        left = cluster.connect(**relay.place)
    left.close()
