"""The servers of the production stack on this machine, without Docker and without root: `pip install 'recado[stack]'`.

Each is open for as long as its block, keeps what it has in a folder, can be killed, frozen and started again, and ends
with the process that opened it, however that ends.
"""

from entrypoints.stack.postgres import Postgres, postgres
from entrypoints.stack.redis import Redis, redis
from entrypoints.stack.rest import Rest, rest

__all__ = ["Postgres", "Redis", "Rest", "postgres", "redis", "rest"]
