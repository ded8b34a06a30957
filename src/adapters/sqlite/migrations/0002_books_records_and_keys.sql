-- What skills remember, what models take, and who may use the API. Days are `YYYY-MM-DD`, as the agent's zone has them.

ALTER TABLE turn ADD COLUMN cost INTEGER NOT NULL DEFAULT 0; -- usage, in billionths of a US dollar

ALTER TABLE desk_move ADD COLUMN fingerprint TEXT; -- of what was asked; null in moves that are older than the column

-- The id of a turn is in the order of time, so all turns of a workspace are listed by the primary key. Few are anything
-- but committed for long.
CREATE INDEX IF NOT EXISTS turn_not_committed ON turn (workspace, state, id) WHERE state <> 'committed';

CREATE TABLE IF NOT EXISTS model_call (
    workspace   TEXT NOT NULL,
    turn        TEXT NOT NULL,
    id          TEXT NOT NULL,
    number      INTEGER NOT NULL, -- the order in which they were recorded, or reserved
    model       TEXT NOT NULL,
    day         TEXT NOT NULL,
    input       INTEGER NOT NULL,
    output      INTEGER NOT NULL,
    cached      INTEGER NOT NULL,
    cost        INTEGER NOT NULL,
    reserved    INTEGER NOT NULL, -- the most that it can take, until it is known what it took
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, turn, id),
    FOREIGN KEY (workspace, turn) REFERENCES turn (workspace, id)
) STRICT, WITHOUT ROWID;

-- Sums of the above, kept in step with it, so that a cap costs the same on a busy day. Each call is in two rows: in its
-- conversation's, and in the whole workspace's, where contact and conversation are empty.
CREATE TABLE IF NOT EXISTS spent (
    workspace    TEXT NOT NULL,
    contact      TEXT NOT NULL,
    day          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    model        TEXT NOT NULL,
    calls        INTEGER NOT NULL,
    input        INTEGER NOT NULL,
    output       INTEGER NOT NULL,
    cached       INTEGER NOT NULL,
    cost         INTEGER NOT NULL,
    PRIMARY KEY (workspace, contact, day, conversation, model)
) STRICT, WITHOUT ROWID;

-- Who was told on which day that a cap is reached.
CREATE TABLE IF NOT EXISTS cap_told (
    workspace TEXT NOT NULL,
    contact   TEXT NOT NULL,
    day       TEXT NOT NULL,
    PRIMARY KEY (workspace, contact, day),
    FOREIGN KEY (workspace, contact) REFERENCES contact (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS record (
    workspace   TEXT NOT NULL,
    contact     TEXT NOT NULL,
    number      INTEGER NOT NULL,
    key         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    document    TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    voided_at   INTEGER,
    PRIMARY KEY (workspace, contact, number),
    UNIQUE (workspace, contact, key),
    FOREIGN KEY (workspace, contact) REFERENCES contact (workspace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_time ON record (workspace, contact, kind, at);
CREATE INDEX IF NOT EXISTS record_last ON record (workspace, contact, kind, number) WHERE voided_at IS NULL;

CREATE TABLE IF NOT EXISTS api_key (
    workspace   TEXT NOT NULL REFERENCES workspace (id),
    id          TEXT NOT NULL,
    digest      BLOB NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL, -- with a space between them
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;
