"""The reserves of a server against its max_connections."""

import pytest

from pgconn.model.slots import reserves_fit

pytestmark = pytest.mark.offline


@pytest.mark.parametrize(
    ("most", "reserves", "fit"),
    [
        (100, (3, 0), True),
        (5, (3, 2), False),
        (5, (3, 1), True),
        (1, (), True),
        (1, (0, 0), True),
        (9, (3, 3, 3), False),
    ],
)
def test_a_server_starts_while_its_reserves_have_a_slot_over(most: int, reserves: tuple[int, ...], fit: bool) -> None:
    assert reserves_fit(most, *reserves) == fit
