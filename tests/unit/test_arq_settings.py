"""The queue's settings: what REDIS_URL may be, and that what is wrong with it is said without its password."""

from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from adapters.arq.connecting import connections
from adapters.arq.settings import Settings
from core.errors import Permanent
from entrypoints.drivers import find
from entrypoints.settings import read, secrets


def told(**environ: str) -> Settings:
    return read(Settings, environ)


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "redis://cache",
        "redis://:secret@cache:6380",
        "rediss://user:p%40ss@cache.example.com:6380/3?ssl_cert_reqs=none",
        "unix:///run/redis.sock?db=2",
        "redis://[::1]:6379/0",
    ],
)
def test_one_server_is_taken(url: str) -> None:
    assert told(REDIS_URL=url).redis_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("canary", "must begin with redis://"),
        ("http://u:canary@cache", "must begin with redis://"),
        ("redis+sentinel://u:canary@a:1,b:2/main", "Sentinel and Cluster are not supported"),
        ("redis://u:canary@:6379/0", "must name a host"),
        ("unix://?password=canary", "must name a host"),
        ("redis://u:canary@cache:port/0", "must be an address"),
        ("redis://u:canary@cache/zero", "number of a database"),
        ("redis://u:canary@cache/0?decode_responses=true", "may have no other options"),
        ("redis://u:canary@cache/0?socket_timeout=0", "may have no other options"),
        ("redis://u:half?canary=1@cache/0", "must be an address"),
        ("redis://u:canary@[cache", "must be an address"),
    ],
)
def test_another_address_is_refused_with_the_reason_and_without_its_password(url: str, why: str) -> None:
    with pytest.raises(Permanent) as refused:
        told(REDIS_URL=url)

    assert why in str(refused.value)
    assert "REDIS_URL" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_missing_address_says_where_to_get_it() -> None:
    with pytest.raises(Permanent, match="REDIS_URL is not set"):
        told()


@pytest.mark.parametrize(
    "environ", [{"ARQ_QUEUE_NAME": "two words"}, {"ARQ_QUEUE_READ_LIMIT": "5"}, {"ARQ_WORKER_NAME": "a\nb"}]
)
def test_other_settings_are_checked(environ: Mapping[str, str]) -> None:
    with pytest.raises(Permanent, match=next(iter(environ))):
        read(Settings, {"REDIS_URL": "redis://cache", **environ})


def test_the_address_is_a_secret() -> None:
    assert secrets(told(REDIS_URL="redis://:canary@cache")) == {"redis://:canary@cache"}


def test_the_driver_brings_a_command() -> None:
    assert find("queue", "arq").driver.worker_settings is not None
    assert find("queue", "inline").driver.worker_settings is None


def parts(url: str) -> Mapping[str, object]:
    """What each connection is made with."""
    return connections(SecretStr(url), 1).connection_kwargs


def test_tls_asks_whose_certificate_it_is_unless_told_not_to() -> None:
    assert parts("rediss://cache")["ssl_check_hostname"] is True
    assert parts("rediss://cache?ssl_cert_reqs=none")["ssl_check_hostname"] is False
    assert parts("rediss://cache?ssl_check_hostname=no")["ssl_check_hostname"] is False
    assert "ssl_check_hostname" not in parts("redis://cache")


def test_user_password_database_and_socket_are_read() -> None:
    found = parts("redis://user:p%40ss@cache:6380/3")

    assert [found[name] for name in ("host", "port", "username", "password", "db")] == [
        "cache",
        6380,
        "user",
        "p@ss",
        3,
    ]
    assert parts("unix:///run/redis.sock?db=2")["path"] == "/run/redis.sock"
