"""The yardstick: a FastAPI route with one dependency that parses the form and checks the signature, and no more.

The code for both is the product's own, and so are the server's settings: uvloop, httptools, one process.
"""

import argparse
from collections.abc import Sequence
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response

from adapters.twilio import pairs, signature
from adapters.twilio.parsing import NOTHING_TO_SAY
from bench.webhooks import TOKEN

Form = Sequence[tuple[str, str]]

_PATH = "/webhooks/{channel}/{line}"


def bare_app(public_url: str) -> FastAPI:
    app = FastAPI(
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
    )
    tokens = (TOKEN.encode(),)

    async def verified(request: Request) -> Form:
        form = pairs.of_form(await request.body())
        url = public_url + request.scope["raw_path"].decode("latin-1")
        if not signature.of_form(url, form, request.headers.get("x-twilio-signature", ""), tokens):
            raise HTTPException(403)
        return form

    @app.post(_PATH)
    async def receive(form: Annotated[Form, Depends(verified)]) -> Response:
        return Response(NOTHING_TO_SAY, media_type="text/xml")

    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--public-url", required=True)
    options = parser.parse_args()
    uvicorn.run(
        bare_app(options.public_url),
        port=options.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        backlog=2048,
    )


if __name__ == "__main__":
    main()
