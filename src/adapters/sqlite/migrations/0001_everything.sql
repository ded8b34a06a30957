-- Times are microseconds since 1970, UTC. The workspace is part of every key, so nothing can point across workspaces.

CREATE TABLE IF NOT EXISTS workspace (
    id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS line (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    id        TEXT NOT NULL UNIQUE, -- in the whole installation: it is all that a webhook's path says
    channel   TEXT NOT NULL,
    medium    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    account   TEXT NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS contact (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    id        TEXT NOT NULL,
    name      TEXT,
    medium    TEXT NOT NULL, -- with kind and address: the one they wrote from last, on whichever line
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

-- The rowid is the order in which addresses became known.
CREATE TABLE IF NOT EXISTS contact_address (
    workspace TEXT NOT NULL,
    medium    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    contact   TEXT NOT NULL,
    PRIMARY KEY (workspace, medium, kind, address),
    FOREIGN KEY (workspace, contact) REFERENCES contact (workspace, id)
) STRICT;
CREATE INDEX IF NOT EXISTS contact_address_of ON contact_address (workspace, contact);

-- The ledger of those who do not want to hear from a line. It outlives the contact: the address is what counts.
CREATE TABLE IF NOT EXISTS opt_out (
    workspace TEXT NOT NULL,
    line      TEXT NOT NULL,
    medium    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, line, medium, kind, address),
    FOREIGN KEY (workspace, line) REFERENCES line (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS conversation (
    workspace           TEXT NOT NULL,
    id                  TEXT NOT NULL,
    contact             TEXT NOT NULL,
    line                TEXT NOT NULL,
    medium              TEXT NOT NULL, -- with kind and address: where replies on this line go
    kind                TEXT NOT NULL,
    address             TEXT NOT NULL,
    last_message_at     INTEGER NOT NULL,
    state               TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'waiting', 'closed')),
    handler             TEXT NOT NULL DEFAULT 'assistant' CHECK (handler IN ('assistant', 'human')),
    needs_human         INTEGER NOT NULL DEFAULT 0,
    opted_out           INTEGER NOT NULL DEFAULT 0, -- the ledger holds one of the contact's addresses
    episode             INTEGER NOT NULL DEFAULT 1,
    episode_from        INTEGER NOT NULL DEFAULT 1, -- the number of its first message
    previous_episode_at INTEGER,
    number              INTEGER NOT NULL DEFAULT 0, -- of the last message
    facts               INTEGER NOT NULL DEFAULT 0, -- the number of the last fact
    due_at              INTEGER,
    epoch               INTEGER NOT NULL DEFAULT 0,
    lease_by            TEXT,
    lease_until         INTEGER, -- null when nobody has it; in the past when its holder is lost
    claimed_at          INTEGER,
    turn                TEXT, -- the open one
    retry_at            INTEGER, -- of the open turn
    apology_at          INTEGER,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, contact, line),
    FOREIGN KEY (workspace, contact) REFERENCES contact (workspace, id),
    FOREIGN KEY (workspace, line) REFERENCES line (workspace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversation_leased ON conversation (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversation_address ON conversation (workspace, line, address);
CREATE INDEX IF NOT EXISTS conversation_active ON conversation (workspace, last_message_at, id);
CREATE INDEX IF NOT EXISTS conversation_needs_human ON conversation (workspace, last_message_at, id)
    WHERE needs_human = 1;

CREATE TABLE IF NOT EXISTS turn (
    workspace    TEXT NOT NULL,
    id           TEXT NOT NULL,
    conversation TEXT NOT NULL,
    opened_in    INTEGER NOT NULL, -- the conversation's epoch: it orders its turns
    opened_at    INTEGER NOT NULL,
    correlation  TEXT NOT NULL,
    read_to      INTEGER NOT NULL,
    state        TEXT NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'retry', 'committed', 'suggested', 'dropped', 'dead')),
    why          TEXT,
    attempts     INTEGER NOT NULL DEFAULT 0,
    supersedes   INTEGER NOT NULL DEFAULT 0,
    steps        INTEGER NOT NULL DEFAULT 0, -- the number of the next step
    draft_from   INTEGER NOT NULL DEFAULT 0, -- earlier steps belong to superseded drafts
    acts         INTEGER NOT NULL DEFAULT 0, -- a journaled answer asks for effects
    input        INTEGER NOT NULL DEFAULT 0, -- usage, in tokens
    output       INTEGER NOT NULL DEFAULT 0,
    cached       INTEGER NOT NULL DEFAULT 0,
    model        TEXT,
    closed_at    INTEGER,
    ended_epoch  INTEGER, -- of the lease that ended last, and which operation ended it: for a repeat
    ended_by     TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, conversation, opened_in),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS step (
    workspace   TEXT NOT NULL,
    turn        TEXT NOT NULL,
    number      INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('asked', 'results')), -- in this order
    entry       TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, turn, number, kind),
    FOREIGN KEY (workspace, turn) REFERENCES turn (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS message (
    workspace     TEXT NOT NULL,
    conversation  TEXT NOT NULL,
    number        INTEGER NOT NULL,
    id            TEXT NOT NULL,
    direction     TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    author        TEXT NOT NULL,
    content       TEXT NOT NULL,
    status        TEXT NOT NULL,
    why           TEXT,
    provider_id   TEXT,
    provider_time INTEGER,
    recorded_at   INTEGER NOT NULL,
    episode       INTEGER NOT NULL,
    -- inbound
    quiet_at      INTEGER, -- due from then on, if it is the last pending one
    ceiling_at    INTEGER, -- due from then on, if it is the first pending one
    -- outbound
    turn          TEXT,
    reply         TEXT, -- the parts of one reply have it in common: they fail, or are held, together
    written_by    TEXT,
    correlation   TEXT,
    to_medium     TEXT,
    to_kind       TEXT,
    to_address    TEXT,
    rank          INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    resends       INTEGER NOT NULL DEFAULT 0,
    begun_at      INTEGER, -- the first attempt
    care_at       INTEGER, -- queued: not sent before; sending: stale from then on; uncertain: looked into from then on
    uncertain_at  INTEGER,
    looks         INTEGER NOT NULL DEFAULT 0,
    holder        TEXT, -- the call that handed it out, while it is sending or uncertain
    witnessed     INTEGER NOT NULL DEFAULT 0, -- begun by the holder of the worker's lock: `leaving.log` tells the rest
    PRIMARY KEY (workspace, conversation, number),
    UNIQUE (workspace, id),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id),
    FOREIGN KEY (workspace, turn) REFERENCES turn (workspace, id)
) STRICT;
-- What is finished is in none of these, so work does not grow with the archive.
CREATE INDEX IF NOT EXISTS message_pending ON message (workspace, conversation, number) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS message_lane ON message (workspace, conversation, number)
    WHERE status = 'queued' OR status = 'sending' OR status = 'uncertain';
CREATE INDEX IF NOT EXISTS message_care ON message (care_at) WHERE care_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_holder ON message (holder) WHERE holder IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_witnessed ON message (witnessed) WHERE witnessed = 1;
CREATE INDEX IF NOT EXISTS message_dead ON message (status) WHERE status = 'dead';

CREATE TABLE IF NOT EXISTS attempt (
    workspace   TEXT NOT NULL,
    message     TEXT NOT NULL,
    number      INTEGER NOT NULL,
    line        TEXT NOT NULL,
    to_medium   TEXT NOT NULL,
    to_kind     TEXT NOT NULL,
    to_address  TEXT NOT NULL,
    begun_at    INTEGER NOT NULL,
    provider_id TEXT,
    accepted    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, message, number),
    FOREIGN KEY (workspace, message) REFERENCES message (workspace, id),
    FOREIGN KEY (workspace, line) REFERENCES line (workspace, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS attempt_copy ON attempt (workspace, line, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS attempt_copies_to ON attempt (workspace, line, to_medium, to_kind, to_address, begun_at)
    WHERE provider_id IS NOT NULL;

-- Attempts with their message; what they have in common by name is the message's.
CREATE VIEW IF NOT EXISTS tried AS
    SELECT message.*, attempt.number AS attempt, attempt.line, attempt.provider_id AS copy, attempt.accepted
    FROM attempt JOIN message ON message.workspace = attempt.workspace AND message.id = attempt.message;

-- Which calls settled an attempt, and when each was told to look again: for their repeats.
CREATE TABLE IF NOT EXISTS settlement (
    workspace TEXT NOT NULL,
    message   TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    call      TEXT NOT NULL,
    after     INTEGER,
    PRIMARY KEY (workspace, message, attempt, call),
    FOREIGN KEY (workspace, message, attempt) REFERENCES attempt (workspace, message, number)
) STRICT, WITHOUT ROWID;

-- What channels heard, as it was heard. Arrivals have no status; a report whose message is unknown has no message yet.
CREATE TABLE IF NOT EXISTS event (
    workspace    TEXT NOT NULL,
    line         TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    status       TEXT NOT NULL,
    conversation TEXT,
    message      TEXT,
    rank         INTEGER,
    why          TEXT,
    opts_out     INTEGER NOT NULL DEFAULT 0,
    raw          TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (workspace, line, provider_id, status),
    FOREIGN KEY (workspace, line) REFERENCES line (workspace, id),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id)
) STRICT;

CREATE TABLE IF NOT EXISTS fact (
    workspace    TEXT NOT NULL,
    conversation TEXT NOT NULL,
    number       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    details      TEXT NOT NULL,
    PRIMARY KEY (workspace, conversation, number),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS desk_move (
    workspace    TEXT NOT NULL,
    conversation TEXT NOT NULL,
    key          TEXT NOT NULL,
    answer       TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (workspace, conversation, key),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS counter (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
