"""What is wrong with a set-up, and the cure: everything is looked at, nothing is changed, whatever fails on the way."""

from entrypoints.doctor.examination import examine
from entrypoints.doctor.findings import Section

__all__ = ["Section", "examine"]
