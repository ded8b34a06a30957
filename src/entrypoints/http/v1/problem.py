"""What a refusal looks like, for the description of the API; problems.py makes them."""

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.v1.conversations import Conversation


class Fault(BaseModel):
    """One mistake in a request."""

    where: str = Field(description="The part of the request: path, query, header or body.")
    field: str = Field(description="The name of what is wrong; of a member within another, with dots.")
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). Tell kinds apart by `type`, or by `status` where that is about:blank."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="What kind of problem it is: a relative reference, explained in docs/api.md.")
    title: str = Field(description="The kind in words, the same every time.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What went wrong this time, and what to do.")
    errors: list[Fault] = Field([], description="The mistakes, where the request is not valid; 20 at most.")
    conversation: Conversation | None = Field(None, description="With a conflict: the conversation as it stands now.")
