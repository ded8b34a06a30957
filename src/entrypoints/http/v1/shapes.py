"""What several nouns are made of: instants, tokens and money, as they stand in JSON."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.conversation.turn import Usage as Consumed

Instant = Annotated[AwareDatetime, Field(examples=["2026-03-02T12:00:00Z"])]

Money = Annotated[
    str, Field(pattern=r"^[0-9]+\.[0-9]{9}$", description="US dollars, in decimals: exact, so never a float.")
]


class Shape(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(BaseModel):
    """Something that is asked for: as the schema says, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Usage(Shape):
    """What language models consumed, and what that cost."""

    input: int = Field(description="Tokens read.")
    output: int = Field(description="Tokens written.")
    cached: int = Field(description="The part of `input` that was read at the price of cached tokens.")
    cost: Money

    @classmethod
    def of(cls, usage: Consumed) -> Self:
        return cls(input=usage.input, output=usage.output, cached=usage.cached, cost=dollars(usage.cost))


USAGE_EXAMPLE = {"input": 1843, "output": 96, "cached": 1536, "cost": "0.000184300"}


def dollars(billionths: int) -> str:
    """An amount of money, with all its decimals."""
    return f"{Decimal(billionths).scaleb(-9):.9f}"


def utc(at: datetime) -> datetime:
    """The same instant, as the API shows every one."""
    return at.astimezone(UTC)


def utc_or_none(at: datetime | None) -> datetime | None:
    return None if at is None else utc(at)
