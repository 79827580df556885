"""A JSON Schema with all its references filled in, so that whoever uses it needs nothing else.

What refers to somewhere else, or to itself, is refused, and so is what could take very long to check.
"""

from typing import cast
from urllib.parse import unquote

from orchestration.errors import StepError
from orchestration.values.onetext import canonical
from orchestration.values.patterns import PatternError, parsed
from orchestration.wording import quoted

Schema = dict[str, object] | bool

LONGEST, DEPTH, PARTS = 64 * 1024, 40, 2_000
"""Characters of the JSON; levels and schemas within schemas when every reference is filled in.

A level takes about ten frames of Python's stack, which has a thousand.
"""

_ONE = {
    *("additionalProperties", "items", "contains", "not", "if", "then", "else"),
    *("propertyNames", "contentSchema"),
}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_NAMED = {"properties", "dependentSchemas"}
_LEFT_OUT = {"$ref", "$defs", "definitions", "$schema", "$comment", "$id", "$anchor", "$dynamicAnchor"}
_REFUSED = {
    # What older drafts mean by these would be passed over in silence.
    *("dependencies", "additionalItems", "$recursiveRef", "$dynamicRef"),
    # Python's own expressions, or work that doubles with every level.
    *("patternProperties", "unevaluatedProperties", "unevaluatedItems"),
}
_SAYS = {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}


def filled(schema: object) -> dict[str, object]:
    """Return the schema without references. Raises StepError with what is wrong."""
    if not isinstance(schema, dict):
        raise broken("it is no JSON object")
    try:
        text = canonical(cast(object, schema))
    except ValueError as error:
        raise broken(str(error)) from None
    if len(text) > LONGEST:
        raise broken(f"it has more than {LONGEST:,} characters")
    return cast(dict[str, object], _Filling(cast(dict[str, object], schema)).part(cast(object, schema), ()))


def broken(why: str) -> StepError:
    """The error for a schema that cannot be used."""
    return StepError(f"The schema of these values cannot be used: {why}.")


class _Filling:
    def __init__(self, root: dict[str, object]) -> None:
        self._root, self._parts = root, 0

    def part(self, schema: object, way: tuple[str, ...]) -> object:
        """`way`: the levels above, where those that were referred to have their reference."""
        if not isinstance(schema, dict):
            return schema  # true and false; whatever else is wrong, the check of the schema says
        self._count(way)
        given = cast(dict[str, object], schema)
        _refuse(given, inner=bool(way))
        kept = {name: self._below(name, item, way) for name, item in given.items() if name not in _LEFT_OUT}
        return self._with(kept, given["$ref"], way) if "$ref" in given else kept

    def _count(self, way: tuple[str, ...]) -> None:
        self._parts += 1
        if self._parts > PARTS:
            raise broken(f"it has more than {PARTS:,} parts")
        if len(way) > DEPTH:
            raise broken(f"it has more than {DEPTH} levels")

    def _below(self, name: str, item: object, way: tuple[str, ...]) -> object:
        way = (*way, "")
        if name in _ONE:
            return self.part(item, way)
        if name in _LISTS and isinstance(item, list):
            return [self.part(each, way) for each in cast(list[object], item)]
        if name in _NAMED and isinstance(item, dict):
            return {key: self.part(each, way) for key, each in cast(dict[str, object], item).items()}
        return item

    def _with(self, kept: dict[str, object], reference: object, way: tuple[str, ...]) -> object:
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            raise broken(f"it refers to {quoted(str(reference))}, and only references within it work")
        if reference in way or reference == "#":
            raise broken(f"it refers to itself, by “{reference[:40]}”")
        target = self.part(self._target(reference), (*way, reference))
        if isinstance(target, dict) and set(kept) <= _SAYS:
            return {**cast(dict[str, object], target), **kept}
        also = kept.get("allOf")
        others = cast(list[object], also) if isinstance(also, list) else list[object]()
        return {**kept, "allOf": [cast(object, target), *others]}

    def _target(self, reference: str) -> object:
        found: object = self._root
        for step in unquote(reference[2:]).split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = _item(found, name)
            if found is None:
                raise broken(f"there is no {quoted(reference)} in it")
        return found


def _item(where: object, name: str) -> object:
    if isinstance(where, dict):
        return cast(dict[str, object], where).get(name)
    if isinstance(where, list) and name.isascii() and name.isdecimal() and len(name) <= 5:  # noqa: PLR2004
        items = cast(list[object], where)
        return items[int(name)] if int(name) < len(items) else None
    return None


def _refuse(schema: dict[str, object], *, inner: bool) -> None:
    refused = sorted((_REFUSED | ({"$id"} if inner else set[str]())) & set(schema))
    if refused:
        raise broken(f"it uses {refused[0]}, which is not supported")
    pattern = schema.get("pattern")
    try:
        if isinstance(pattern, str):
            parsed(pattern)
    except PatternError as error:
        raise broken(f"it has a pattern that cannot be used: {error}") from None
