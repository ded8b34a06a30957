"""The HTTP API for programs, version 1: one file for each noun."""

from entrypoints.http.v1.api import mount

__all__ = ["mount"]
