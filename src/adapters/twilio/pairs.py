"""A webhook's parameters, read once and strictly, in the order they came. Nothing here says what they mean."""

import json
from urllib.parse import parse_qsl, urlsplit

from adapters.twilio.signature import Pairs
from core.conversation.ports import Webhook
from core.errors import Rejected, UnsupportedMedia

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MOST_FIELDS = 200


def media_type(webhook: Webhook) -> str:
    """`FORM` or `JSON`; a GET counts as a form. Raises `UnsupportedMedia`, and `Rejected` for another method."""
    if webhook.method == "GET":
        return FORM
    if webhook.method != "POST":
        raise Rejected("the method is neither POST nor GET")
    if webhook.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("the body is compressed")
    name, *parameters = (part.strip().lower() for part in webhook.headers.get("content-type", "").split(";"))
    if name not in (FORM, JSON):
        raise UnsupportedMedia("the content type is neither form nor JSON")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise UnsupportedMedia("the charset is not UTF-8")
    return name


def of_form(text: bytes) -> Pairs:
    """The pairs of a form body. Raises `Rejected`."""
    try:
        return parse_qsl(
            text.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except UnicodeDecodeError:
        raise Rejected("the form is not valid UTF-8") from None
    except ValueError:
        raise Rejected("the form has too many fields") from None


def of_query(url: str) -> Pairs:
    """The pairs of a URL's query. Raises `Rejected`."""
    try:
        return of_form(urlsplit(url).query.encode())
    except ValueError:
        raise Rejected("the address is malformed") from None


def of_json(body: bytes) -> Pairs:
    """The pairs of one flat object of strings. Raises `Rejected`."""
    try:
        pairs = json.loads(body, object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        raise Rejected("the body is not valid JSON") from None
    if not isinstance(pairs, _Object) or not all(isinstance(value, str) for _, value in pairs):
        raise Rejected("the body is not one flat object of strings")
    if len(pairs) > MOST_FIELDS:
        raise Rejected("the body has too many fields")
    return list(pairs)


class _Object(list[tuple[str, str]]):
    """A JSON object with its order and its repeated names kept; a JSON array stays a plain list."""


def storable(pairs: Pairs) -> None:
    """Raises `Rejected` for what no database takes: NUL, and halves of characters that JSON can smuggle in."""
    texts = "".join(map("".join, pairs))
    if "\0" in texts:
        raise Rejected("a field holds a NUL character")
    try:
        texts.encode()
    except UnicodeEncodeError:
        raise Rejected("a field is not valid Unicode") from None
