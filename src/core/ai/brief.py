"""What an assistant works with, put together from its agent's file."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.ai.agent import Agent
from core.ai.chain import ModelChain
from core.ai.tool import Skill
from core.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the assistant works with. It is replaced as a whole when the agent's file changes."""

    agent: Agent
    models: ModelChain
    skills: Sequence[Skill]
    limits: Limits
