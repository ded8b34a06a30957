"""Twilio's error codes as the emulator speaks them, and the shape of a refused request."""

from typing import Any

_REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Unknown parameters"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service is temporarily unavailable"),
    21211: (400, "The 'To' number {} is not a valid phone number."),
    21212: (400, "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21266: (400, "'To' and 'From' number cannot be the same: {}"),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided ({}) is not a valid message-capable Twilio phone number."),
    21609: (400, "The 'StatusCallback' URL {} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21619: (400, "A text message body or media urls must be specified."),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit."),
    21656: (400, "The ContentVariables parameter is invalid."),
    21659: (400, "'From' {} is not a Twilio phone number or Short Code country mismatch"),
    21703: (400, "The Messaging Service does not have a phone number available to send a message"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    30409: (400, "Message cannot be canceled: its status is {}"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63016: (400, "Failed to send freeform message because you are outside the allowed window."),
}

_FAILURES: dict[int, str] = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30036: "Validity Period Expired",
    63003: "Channel could not find To address",
    63005: "Channel did not accept given content",
    63014: "User has opted out of messages from this business, or blocked it",
    63018: "Rate limit exceeded for Channel",
    63024: "Invalid message recipient",
    63049: "Meta chose not to deliver this message",
}

PROBLEMS: dict[int, str] = {
    11200: "HTTP retrieval failure",
    11203: "HTTP communication total time out triggered",
    11205: "HTTP connection failure",
    11210: "HTTP bad host name",
    11215: "HTTP too many redirects",
    11237: "Certificate Invalid - Could not find path to certificate",
    12100: "Document parse failure",
    12200: "Schema validation warning",
    12300: "Invalid Content-Type",
    21610: "Attempt to send to unsubscribed recipient",
}
"""What Twilio's debugger says about a webhook that went wrong."""


def describe(code: int) -> str:
    """The words that go with a failed delivery."""
    return _FAILURES.get(code) or _REFUSALS.get(code, (0, "Message could not be delivered"))[1]


class ApiError(Exception):
    """A request that the REST API refuses, with Twilio's code."""

    def __init__(self, code: int, about: str = "", *, status: int | None = None, wait: int | None = None) -> None:
        usual, words = _REFUSALS.get(code, (400, _FAILURES.get(code, "The request was refused")))
        super().__init__(words.format(about))
        self.code = code
        self.status = status or usual
        self.wait = wait
        """Seconds for a Retry-After header."""

    def body(self) -> dict[str, Any]:
        """As Twilio writes it."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
