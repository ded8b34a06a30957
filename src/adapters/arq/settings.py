"""What the queue is told by its environment: Redis's customary name, and arq's own arguments under arq's names."""

from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_OPTIONS = frozenset(
    {"db", "password", "ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile"}
)
"""What REDIS_URL may say behind a `?`. The rest of what redis-py reads there would undo what the driver promises."""


class Settings(BaseSettings):
    """Read from the environment only when the queue is chosen."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    redis_url: SecretStr = Field(
        description="Where Redis is: redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path?db=0. "
        "A managed Redis shows it under Connect; on your own machine it is redis://127.0.0.1:6379/0."
    )
    arq_queue_name: str = Field(
        default="recado:wakes",
        pattern=r"^[!-z]{1,100}$",
        description="The key of the queue in Redis. Installations that share a Redis need one each.",
    )
    arq_queue_read_limit: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="How many hints a worker looks at in a poll: at least ten for each worker of the whole fleet.",
    )
    arq_worker_name: str = Field(
        default="",
        pattern=r"^[!-z]{0,100}$",
        description="This worker's name in Redis, for `arq --check`: one for each process. Left out, host and process.",
    )

    @field_validator("redis_url")
    @classmethod
    def _is_one_server(cls, value: SecretStr) -> SecretStr:
        # What is wrong is said without any part of the address: a password with a sign in it may have ended anywhere.
        url = value.get_secret_value()
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError(
                "must begin with redis://, rediss:// or unix://. Sentinel and Cluster are not supported: "
                "give the address that always leads to the primary"
            )
        try:
            parts = urlsplit(url)
            options, place = parse_qs(parts.query, keep_blank_values=True), parts.path.strip("/")
            reached = bool(place) if parts.scheme == "unix" else bool(parts.hostname) and parts.port != 0
        except ValueError:
            raise ValueError("must be an address such as redis://127.0.0.1:6379/0") from None
        if not reached:
            raise ValueError("must name a host, or after unix:// the path of a socket")
        if parts.scheme != "unix" and place and not place.isdecimal():
            raise ValueError("must end with the number of a database, such as /0")
        if not options.keys() <= _OPTIONS:
            raise ValueError(f"may have no other options than {', '.join(sorted(_OPTIONS))}")
        return value
