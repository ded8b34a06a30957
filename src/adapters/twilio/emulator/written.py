"""What a person writes: the JSON of `POST /emulator/people/{address}/messages`."""

import base64
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class File(_Given):
    """An attachment: its bytes in base64, or where they are."""

    content_type: str = "image/jpeg"
    content: str | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _something(self) -> "File":
        if (self.content is None) == (self.url is None):
            raise ValueError("a file has either content (base64) or url")
        if self.content is not None:
            base64.b64decode(self.content, validate=True)
        return self


class Place(_Given):
    """A shared location."""

    latitude: float
    longitude: float
    address: str | None = None
    label: str | None = None


class Button(_Given):
    """A tapped button."""

    payload: str
    text: str
    type: Literal["REPLY", "ACTION"] = "REPLY"


class Row(_Given):
    """A chosen row of a list."""

    id: str
    title: str


class Referral(_Given):
    """The advertisement that brought the person here."""

    body: str = ""
    headline: str = ""
    source_id: str = ""
    source_type: str = "ad"
    source_url: str = ""
    ctwa_clid: str = ""
    media_url: str | None = None
    media_content_type: str = "image/jpeg"


class Written(_Given):
    """Everything is optional. Without `to` it goes to the first sender of the same medium."""

    to: str | None = None
    body: str = ""
    media: list[File] = Field(default_factory=list)
    location: Place | None = None
    button: Button | None = None
    row: Annotated[Row | None, Field(alias="list")] = None
    form: dict[str, Any] | None = None
    """The answers of a WhatsApp flow."""
    quoted: str | None = None
    """The SID of the message this one replies to."""
    referral: Referral | None = None
    profile_name: str | None = None
    bsuid: str | None = None
    """The person's business-scoped id, beside their number."""
    forwarded: bool = False
    frequently_forwarded: bool = False
    extra: dict[str, str] = Field(default_factory=dict)
    """Further parameters, as they are: Twilio adds new ones without notice."""
    wait: bool = False
    """Answer only when the app has answered the webhook."""

    @property
    def text(self) -> str:
        """What counts as the body: a tap comes with its label."""
        if self.button is not None:
            return self.button.text
        return self.row.title if self.row is not None else self.body

    def without_content(self) -> "Written":
        """What goes with each further attachment."""
        return Written(profile_name=self.profile_name, bsuid=self.bsuid, forwarded=self.forwarded, extra=self.extra)
