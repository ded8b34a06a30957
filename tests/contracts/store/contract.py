"""What every part of the store's contract stands on: one abstract fixture."""

import pytest

from tests.contracts.story import Harness, Story


class StoreContract:
    """A driver's test subclasses the contracts and overrides `harness`, nothing else."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("a driver's test gives an empty database on a clock of its own")

    @pytest.fixture
    async def s(self, harness: Harness) -> Story:
        """A story on the driver, with its lines in the directory."""
        story = Story(harness)
        await story.begins()
        return story
