"""The chosen store alone, for a command that works beside whatever runs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from core.driver import Surroundings
from core.storage import Storage
from entrypoints.drivers import find
from entrypoints.process import make_folder
from entrypoints.seal import seal_of
from entrypoints.settings import Settings, environment, read


@asynccontextmanager
async def store_alone(environ: Mapping[str, str] | None = None) -> AsyncIterator[tuple[Storage, Settings]]:
    """Open it, with its schema brought up to date, until the block ends. Raises core errors."""
    environ = environment() if environ is None else environ
    settings = read(Settings, environ)
    chosen = find("store", settings.store)
    make_folder(settings.data)
    surroundings = Surroundings(
        data=settings.data,
        public_url=settings.public_url,
        turn_limit=1,
        works=False,
        seal=seal_of(settings.secret_keys),
    )
    async with AsyncExitStack() as stack:
        yield await chosen.enter(stack, read(chosen.driver.settings, environ), surroundings), settings
