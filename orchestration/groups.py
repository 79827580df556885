"""Groups of approvers that the configuration names."""

from collections.abc import Iterable, Mapping, Sequence

from orchestration.errors import NotFoundError
from orchestration.ports import Groups

PREFIX = "group:"


class ConfiguredGroups:
    """Implements orchestration.ports.Groups."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._groups = groups

    async def members(self, tenant: str, group: str) -> Sequence[str]:
        if group not in self._groups:
            raise NotFoundError(f"There is no group {group} in the configuration.")
        return self._groups[group]


async def resolved(groups: Groups, tenant: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return people by their names, with everybody in the place of a group, each once, in this order."""
    people = dict[str, None]()
    for name in names:
        group = name.removeprefix(PREFIX)
        people |= dict.fromkeys([name] if group == name else await groups.members(tenant, group))
    return tuple(people)
