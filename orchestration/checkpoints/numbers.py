"""Whole numbers as few bytes, small ones as one: references between saved states are made of them."""

from collections.abc import Iterable

_MORE, _LOW = 0x80, 0x7F


def packed(numbers: Iterable[int]) -> bytes:
    """Return the numbers, also negative ones, seven bits in each byte."""
    data = bytearray()
    for number in numbers:
        rest = number << 1 if number >= 0 else (-number << 1) - 1
        while rest > _LOW:
            data.append(rest & _LOW | _MORE)
            rest >>= 7
        data.append(rest)
    return bytes(data)


def unpacked(data: bytes) -> list[int]:
    """Return what packed() was given."""
    numbers: list[int] = []
    rest = shift = 0
    for byte in data:
        rest |= (byte & _LOW) << shift
        shift += 7
        if not byte & _MORE:
            numbers.append(-((rest + 1) >> 1) if rest & 1 else rest >> 1)
            rest = shift = 0
    return numbers


def packed_pairs(pairs: Iterable[tuple[int, int]]) -> bytes:
    """Return pairs as steps from one to the next: a regular walk repeats itself and compresses to nothing."""
    steps: list[int] = []
    left = right = 0
    for next_left, next_right in pairs:
        steps += (next_left - left, next_right - right)
        left, right = next_left, next_right
    return packed(steps)


def unpacked_pairs(data: bytes) -> list[tuple[int, int]]:
    """Return what packed_pairs() was given."""
    steps = unpacked(data)
    pairs: list[tuple[int, int]] = []
    left = right = 0
    for step_left, step_right in zip(steps[::2], steps[1::2], strict=True):
        left, right = left + step_left, right + step_right
        pairs.append((left, right))
    return pairs
