"""`recado emulate`: the emulator alone, for an app that runs elsewhere."""

from contextlib import AsyncExitStack

from entrypoints.cli.dev import emulator_of
from entrypoints.cli.dev_state import DevState
from entrypoints.process import Alarm, stop_signals
from entrypoints.serving import bind, serving, url_of
from entrypoints.settings import Settings, environment, read


async def emulate(port: int) -> int:
    """Emulate until a signal says stop. 1 if the server died before."""
    given = environment()
    state = DevState.of(read(Settings, given).data)
    listening = bind("127.0.0.1", port, setting="--port")
    url = url_of(listening)
    environ = {**state.environment(), **given, "TWILIO_API_URL": url}
    settings = read(Settings, environ)
    with stop_signals() as stop:
        alarm = Alarm(stop)
        async with AsyncExitStack() as stack:
            emulator = await emulator_of(stack, settings, environ, public_url=settings.public_url)
            await stack.enter_async_context(serving(emulator, listening, drain=0, on_death=alarm.ring))
            print(_what_next(url, environ), flush=True)
            await stop.wait()
        return int(alarm.rung)


def _what_next(url: str, environ: dict[str, str]) -> str:
    return f"""
Twilio is emulated at {url}. Ctrl-C stops it.

  Give your app these settings:
    TWILIO_API_URL={url}
    TWILIO_ACCOUNT_SID={environ["TWILIO_ACCOUNT_SID"]}
    TWILIO_AUTH_TOKEN=…    as in TWILIO_AUTH_TOKEN, or made up in dev.json of the data folder
    TWILIO_FROM={environ["TWILIO_FROM"]}

  Say where what people write is posted:
    curl -X PUT {url}/emulator/numbers/{environ["TWILIO_FROM"].partition(",")[0]} \\
      -d '{{"webhook": "http://127.0.0.1:8000/webhooks/twilio/main"}}'
"""
