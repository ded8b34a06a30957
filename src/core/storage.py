"""A database as core sees it: one driver that serves every port of persistence over one connection."""

from typing import Protocol

from core.ai.records import Records
from core.conversation.ports import ConversationStore, Health, Views
from core.identity.ports import Directory


class Storage(ConversationStore, Views, Directory, Records, Health, Protocol):
    """Everything that is kept."""
