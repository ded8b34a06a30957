"""Every measure of a process. docs/operations.md says what each one means and when to worry."""

from collections.abc import Sequence

from entrypoints.metrics.measures import Spread, Tally

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000)
_LAG = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1, 5)
"""Seconds, all three."""


class Metrics:
    """One for each process; all of it begins at zero when the process does."""

    def __init__(self) -> None:
        self.requests = Spread(
            "recado_http_request_seconds",
            "Requests by how long they took, from their headers to the end of the answer.",
            ("route", "status"),
            bounds=_QUICK,
            known=[("webhooks", "200"), ("webhooks", "403"), ("webhooks", "503")],
        )
        self.recorded = Tally(
            "recado_recorded_total",
            "Messages and delivery reports that were recorded, or were known already.",
            ("what", "news"),
            known=[(what, news) for what in ("message", "delivery") for news in ("new", "known")],
        )
        self.wakes = Tally("recado_wakes_total", "Hints put on the queue, or lost.", ("outcome",), _each("put", "lost"))
        self.swept = Tally(
            "recado_sweep_found_total",
            "Work that the sweep found in the store.",
            ("what",),
            _each("conversation", "send"),
        )
        self.store_calls = Spread(
            "recado_store_call_seconds",
            "Operations of the store, by how long they took and how they ended.",
            ("operation", "outcome"),
            bounds=_QUICK,
            known=[("record", "ok"), ("record", "unavailable")],
        )
        self.renewals_failed = Tally(
            "recado_renewals_failed_total", "Renewals of leases that the store did not answer."
        )
        self.crashes = Tally(
            "recado_crashes_total", "Bugs that were caught.", ("where",), _each("request", "turn", "send", "worker")
        )
        self.troubles = Tally(
            "recado_log_events_total", "Warnings and errors in the log.", ("level",), _each("warning", "error")
        )
        self.lag = Spread(
            "recado_loop_lag_seconds", "How late the event loop was, looked at four times a second.", bounds=_LAG
        )
        self._of_turns()
        self._of_sends()

    def _of_turns(self) -> None:
        self.waits = Spread(
            "recado_turn_wait_seconds",
            "From the first unanswered message to the start of the turn that answers it.",
            bounds=_SLOW,
        )
        self.turn_times = Spread(
            "recado_turn_seconds", "Turns that were answered, by how long they took.", bounds=_SLOW
        )
        self.turns = Tally(
            "recado_turns_total",
            "Turns that ended in this process.",
            ("how",),
            _each("committed", "suggested", "dropped", "retry", "die", "handedback", "leaselost", "storelost"),
        )
        self.supersedes = Tally("recado_turns_superseded_total", "Drafts that were dropped, as there was news.")
        self.model_times = Spread(
            "recado_model_call_seconds", "Calls of a model that were answered.", ("model",), bounds=_SLOW
        )
        self.model_failures = Tally("recado_model_failures_total", "Calls of a model that failed.", ("model",))
        self.tokens = Tally("recado_model_tokens_total", "What calls of a model took.", ("model", "kind"))
        self.cost = Tally("recado_model_cost_dollars_total", "What calls of a model cost.", ("model",))
        self.caps = Tally(
            "recado_caps_reached_total",
            "Calls of a model that a cap forbade.",
            ("whose",),
            _each("contact", "workspace"),
        )

    def _of_sends(self) -> None:
        self.sends = Spread(
            "recado_send_seconds",
            "Attempts to send, by how long the provider took and what it said.",
            ("outcome",),
            bounds=_QUICK,
            known=_each("accepted", "notnow", "never", "withheld", "unknown"),
        )
        self.looks = Tally(
            "recado_looks_total",
            "Looks at the provider for uncertain sends.",
            ("outcome",),
            _each("found", "absent", "failed"),
        )
        self.settles_lost = Tally(
            "recado_settles_lost_total",
            "Sends whose end could not be stored, or came late.",
            ("why",),
            _each("lost", "late"),
        )
        self.moves = Tally("recado_moves_total", "Moves of operators and of the API.", ("move",))


def _each(*labels: str) -> Sequence[tuple[str]]:
    return [(label,) for label in labels]
