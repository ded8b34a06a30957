"""`recado drivers` and `recado migrate`: what is installed, and a store brought up to date."""

from contextlib import AsyncExitStack
from importlib.metadata import EntryPoint

from core.driver import Surroundings
from core.errors import RecadoError
from entrypoints.drivers import CHOSEN_BY, PORTS, find, installed, load
from entrypoints.process import make_folder
from entrypoints.settings import Settings, environment, read, variables


def drivers() -> None:
    """Print every driver with its summary and settings; one that cannot be imported says why."""
    for port in PORTS:
        found = installed(port)
        if found:
            chosen_by = f"   {CHOSEN_BY[port]}" if port in CHOSEN_BY else ""
            print(f"{port}{chosen_by}")
            for point in found.values():
                print("\n".join(_told(port, point)))
            print()


def _told(port: str, point: EntryPoint) -> list[str]:
    try:
        driver = load(port, point).driver
    except RecadoError as error:
        return [f"  {point.name:<10} cannot be used: {error}"]
    lines = [f"  {point.name:<10} {driver.summary}"]
    for name, field in variables(driver.settings).items():
        must = "required" if field.is_required() else "optional"
        lines.append(f"             {name} ({must}): {field.description or ''}")
    return lines


async def migrate() -> int:
    """Bring the schema of the chosen store up to date, open it, and say so."""
    environ = environment()
    settings = read(Settings, environ)
    chosen = find("store", settings.store)
    make_folder(settings.data)
    surroundings = Surroundings(data=settings.data, public_url=settings.public_url, turn_limit=1, works=False)
    its_settings = read(chosen.driver.settings, environ)
    for step in await chosen.migrate(its_settings, surroundings):
        print(f"applied {step}")
    async with AsyncExitStack() as stack:
        store = await chosen.enter(stack, its_settings, surroundings)
        await store.ready()
        lines = await store.lines()
    print(f"The store {settings.store!r} is up to date and holds {len(lines)} line{'' if len(lines) == 1 else 's'}.")
    return 0
