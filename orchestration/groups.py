"""Groups of approvers that the configuration names."""

from collections.abc import Iterable, Mapping, Sequence

from orchestration.errors import NotFoundError
from orchestration.ports import Groups
from orchestration.wording import quoted

PREFIX = "group:"


class ConfiguredGroups:
    """Implements orchestration.ports.Groups, for every tenant alike.

    A directory such as Entra can take its place: questions resolve a group when they are asked, not before.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._groups = groups

    async def members(self, tenant: str, group: str) -> Sequence[str]:
        if group not in self._groups:
            raise NotFoundError(
                f"There is no group {quoted(group)}. Whoever runs the bot can add it to its policy file."
            )
        return self._groups[group]


async def resolved(groups: Groups, tenant: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return people by their names, with everybody in the place of a group, each once, in this order.

    Raises NotFoundError when there is no such group.
    """
    people = dict[str, None]()
    for name in names:
        group = name.removeprefix(PREFIX)
        people |= dict.fromkeys([name] if group == name else await groups.members(tenant, group))
    return tuple(people)
