"""A language model that takes its time: Chat Completions over a bare protocol, so that it takes little of the machine.

It answers with the order number that the person wrote. For one person in twenty the answer is so long that it must be
sent in two parts, which shows whether parts keep their order. `GET /` tells how many calls came and how many were open
at once.
"""

import argparse
import asyncio
import json
import re
from typing import cast

import uvloop

LONG_FOR_EVERY = 20

_ORDER = re.compile(rb"pedido (\d\d-(\d{6}))")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def is_long_for(person: int) -> bool:
    return person % LONG_FOR_EVERY == 0


def parts_for(order: str, person: int) -> list[str]:
    """How each message of the reply to this person begins, in order."""
    if is_long_for(person):
        return [f"Primeiro, o pedido {order}", f"Depois, o pedido {order}"]
    return [f"O pedido {order}"]


def _words(order: str, person: int) -> str:
    filling = " está a caminho e chega amanhã." * (32 if is_long_for(person) else 1)
    return "\n\n".join(start + filling for start in parts_for(order, person))


class Model:
    """What all connections have in common."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.calls = 0
        self.open = 0
        self.most_open = 0


class Connection(asyncio.Protocol):
    """One connection, one call at a time."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._received, 0, end)
        if length is None and b"chunked" in self._received[:end].lower():
            if not self._received.endswith(b"0\r\n\r\n"):
                return
        elif len(self._received) < end + 4 + (int(length[1]) if length else 0):
            return
        request, self._received = self._received, b""
        if request.startswith(b"GET "):
            model = self._model
            self._answer({"calls": model.calls, "most_open": model.most_open})
        else:
            self._think(request)

    def _think(self, request: bytes) -> None:
        model = self._model
        model.calls += 1
        model.open += 1
        model.most_open = max(model.most_open, model.open)
        found = _ORDER.findall(request)
        words = _words(found[-1][0].decode(), int(found[-1][1])) if found else "Não entendi."
        asyncio.get_running_loop().call_later(model.delay, self._say, words, len(request) // 4)

    def _say(self, words: str, tokens: int) -> None:
        self._model.open -= 1
        if self._transport.is_closing():
            return
        message = {"role": "assistant", "content": words, "refusal": None}
        said = len(words) // 4
        self._answer(
            {
                "id": "chatcmpl-0",
                "object": "chat.completion",
                "created": 0,
                "model": "slow",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": tokens, "completion_tokens": said, "total_tokens": tokens + said},
            }
        )

    def _answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def _serve(port: int, delay: float) -> None:
    model = Model(delay)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(model), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, required=True)
    options = parser.parse_args()
    uvloop.run(_serve(options.port, options.delay))


if __name__ == "__main__":
    main()
