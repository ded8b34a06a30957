"""What the operations of the API have in common: how each is put on it, described, and given what it needs."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request, Security

from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationId, ConversationRef
from core.desk import Desk
from core.identity.model import Permission
from core.storage import Storage
from entrypoints.http.context import context_of
from entrypoints.http.problems import INVALID, MALFORMED, NOT_FOUND, NOT_JSON, TOO_LARGE, TOO_SLOW, Kind, Refusal
from entrypoints.http.v1.door import Caller, caller, permitted
from entrypoints.http.v1.refusals import EVERYWHERE, described

ID_PATTERN = r"^[A-Za-z0-9_.:-]{1,64}$"
"""What an id of any store looks like; anything else is nobody's."""

WITH_BODY = (MALFORMED, TOO_SLOW, TOO_LARGE, NOT_JSON, INVALID)
"""What an operation that takes a body may answer."""


class Operations:
    """Puts the operations of one noun on the API."""

    def __init__(self, api: FastAPI, tag: str) -> None:
        self._api = api
        self._tag = tag

    def add(
        self,
        method: str,
        path: str,
        operation: Callable[..., Any],
        *,
        needs: Permission,
        example: Any,
        status: int = 200,
        refusals: Sequence[Kind] = (),
        shown: Mapping[Kind, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        """Its name and docstring describe it, its annotation says what it answers, `example` shows it.

        `shown` are further members in the examples of its refusals.
        """
        name = operation.__name__
        self._api.add_api_route(
            path,
            operation,
            methods=[method],
            operation_id=name,
            summary=name.replace("_", " ").capitalize(),
            tags=[self._tag],
            status_code=status,
            response_description=inspect.getdoc(operation.__annotations__["return"]) or "",
            dependencies=[Security(permitted, scopes=[needs.value])],
            responses={
                status: {"content": {"application/json": {"example": example}}},
                **described((*refusals, *EVERYWHERE), shown),
            },
        )


async def _store(request: Request) -> Storage:
    return context_of(request).container.store()


async def _desk(request: Request) -> Desk:
    return context_of(request).container.desk()


Store = Annotated[Storage, Depends(_store)]
TheDesk = Annotated[Desk, Depends(_desk)]
Calling = Annotated[Caller, Depends(caller)]


async def _named(
    conversation: Annotated[
        str,
        Path(
            pattern=ID_PATTERN,
            description="The id of a conversation.",
            examples=["6f1c2a9b04e74b0f9d1e3c5a7b8d9e0f"],
        ),
    ],
    calling: Calling,
    store: Store,
) -> Conversation:
    """The conversation of the path. Raises `Refusal` if there is none in the caller's workspace."""
    found = await store.conversation(ConversationRef(workspace=calling.workspace, id=ConversationId(conversation)))
    if found is None:
        raise Refusal(NOT_FOUND, "There is no such conversation.")
    return found


Named = Annotated[Conversation, Depends(_named)]
OF_A_CONVERSATION = (NOT_FOUND, INVALID)
"""What an operation with a conversation in its path may answer."""
