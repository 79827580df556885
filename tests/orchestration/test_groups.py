"""Groups of approvers become people."""

import pytest

from orchestration.errors import NotFoundError
from orchestration.groups import ConfiguredGroups, resolved

GROUPS = ConfiguredGroups({"finance": ("mia", "tom"), "board": ("tom", "eva"), "nobody": ()})


async def test_everybody_in_a_group_takes_its_place_each_once_and_in_order() -> None:
    names = ["ali", "group:board", "group:finance", "eva", "group:nobody"]
    assert await resolved(GROUPS, "tenant", names) == ("ali", "tom", "eva", "mia")
    assert await resolved(GROUPS, "tenant", []) == ()


async def test_a_group_that_nobody_configured_is_named_in_a_sentence() -> None:
    with pytest.raises(NotFoundError, match="policy file") as raised:
        await resolved(GROUPS, "tenant", ["mia", "group:[bored](http"])
    assert str(raised.value).startswith("There is no group “bored http”.")
