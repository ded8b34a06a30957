"""The contract of a store, to which every driver is held: subclass it and give a `harness`."""

from tests.contracts.store.claiming import ClaimingContract
from tests.contracts.store.consent import ConsentContract
from tests.contracts.store.identity import IdentityContract
from tests.contracts.store.lane import BeginSendContract, OverdueContract, ResendContract, SettleContract
from tests.contracts.store.moves import DeskContract
from tests.contracts.store.recording import RecordingContract
from tests.contracts.store.reports import ReportsContract
from tests.contracts.store.spending import (
    CapReachedContract,
    RecordedCallsContract,
    ReserveContract,
    SpendingContract,
)
from tests.contracts.store.tenancy import TenancyContract
from tests.contracts.store.turns import (
    CommitContract,
    FencingContract,
    JournalContract,
    ReleaseContract,
    SupersedeContract,
)


class ConversationStoreContract(
    RecordingContract,
    IdentityContract,
    ConsentContract,
    ClaimingContract,
    JournalContract,
    SupersedeContract,
    CommitContract,
    ReleaseContract,
    FencingContract,
    ReserveContract,
    RecordedCallsContract,
    SpendingContract,
    CapReachedContract,
    BeginSendContract,
    SettleContract,
    OverdueContract,
    ResendContract,
    ReportsContract,
    DeskContract,
    TenancyContract,
):
    """All of it."""
