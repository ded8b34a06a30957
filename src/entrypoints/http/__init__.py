"""The HTTP application: `uvicorn --factory entrypoints.http:create_app`, or inside `recado serve` and `recado dev`."""

from entrypoints.http.app import create_app

__all__ = ["create_app"]
