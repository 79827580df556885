"""What models were asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """What the models were asked so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


NOTHING_USED = Usage()
