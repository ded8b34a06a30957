"""What a process counts and times of its own work, for whoever watches it. Core and drivers know nothing of it."""

from entrypoints.metrics.catalogue import Metrics
from entrypoints.metrics.counting import Counting, counted_records
from entrypoints.metrics.timing import timed, watched_loop

__all__ = ["Counting", "Metrics", "counted_records", "timed", "watched_loop"]
