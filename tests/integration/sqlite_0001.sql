-- A database of schema 1, as it was before there were books, with: a turn that used a tool and was answered, a reply by a
-- person, a turn that runs, one that died, and a message that waits. Dumped by Python's `iterdump`.
BEGIN TRANSACTION;
CREATE TABLE attempt (
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
INSERT INTO "attempt" VALUES('main','064c095398bf80b21af7388b3e0ade42',1,'main','whatsapp','phone','+5511900000001',1772452801200000,'out-1',1);
CREATE TABLE contact (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    id        TEXT NOT NULL,
    name      TEXT,
    medium    TEXT NOT NULL, -- with kind and address: the one they wrote from last, on whichever line
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "contact" VALUES('main','064c095386700007b5ebcf9eb6412697',NULL,'whatsapp','phone','+5511900000001');
INSERT INTO "contact" VALUES('main','064c0953a801c0052813888e695bf15a',NULL,'whatsapp','phone','+5511900000002');
INSERT INTO "contact" VALUES('main','064c0953c99380192ab42bd9b77b059a',NULL,'whatsapp','phone','+5511900000003');
INSERT INTO "contact" VALUES('main','064c0953eb254035cc5635d693806a40',NULL,'whatsapp','phone','+5511900000004');
CREATE TABLE contact_address (
    workspace TEXT NOT NULL,
    medium    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    contact   TEXT NOT NULL,
    PRIMARY KEY (workspace, medium, kind, address),
    FOREIGN KEY (workspace, contact) REFERENCES contact (workspace, id)
) STRICT;
INSERT INTO "contact_address" VALUES('main','whatsapp','phone','+5511900000001','064c095386700007b5ebcf9eb6412697');
INSERT INTO "contact_address" VALUES('main','whatsapp','phone','+5511900000002','064c0953a801c0052813888e695bf15a');
INSERT INTO "contact_address" VALUES('main','whatsapp','phone','+5511900000003','064c0953c99380192ab42bd9b77b059a');
INSERT INTO "contact_address" VALUES('main','whatsapp','phone','+5511900000004','064c0953eb254035cc5635d693806a40');
CREATE TABLE conversation (
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
INSERT INTO "conversation" VALUES('main','064c0953867000562da138a269a294b7','064c095386700007b5ebcf9eb6412697','main','whatsapp','phone','+5511900000001',1772452801200000,'open','human',0,0,1,1,NULL,3,3,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES('main','064c0953a801c0d7bdc67441332fa1fd','064c0953a801c0052813888e695bf15a','main','whatsapp','phone','+5511900000002',1772452802200000,'open','assistant',0,0,1,1,NULL,1,1,1772452803400000,1,'claim claim 5',1772452833400000,1772452803400000,'064c0953ba5140450f5ffa7bb8c35d2c',NULL,NULL);
INSERT INTO "conversation" VALUES('main','064c0953c993809e2c727d7af785a16d','064c0953c99380192ab42bd9b77b059a','main','whatsapp','phone','+5511900000003',1772452805600000,'open','assistant',1,0,1,1,NULL,2,2,NULL,1,NULL,NULL,NULL,NULL,NULL,1772452805600000);
INSERT INTO "conversation" VALUES('main','064c0953eb2540d3a7e1a102ec90bcfb','064c0953eb254035cc5635d693806a40','main','whatsapp','phone','+5511900000004',1772452806600000,'open','assistant',0,0,1,1,NULL,1,1,1772452807800000,0,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE counter (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE desk_move (
    workspace    TEXT NOT NULL,
    conversation TEXT NOT NULL,
    key          TEXT NOT NULL,
    answer       TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (workspace, conversation, key),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "desk_move" VALUES('main','064c0953867000562da138a269a294b7','reply-1','{"conversation":{"workspace":"main","id":"064c0953867000562da138a269a294b7","contact":"064c095386700007b5ebcf9eb6412697","line":"main","medium":"whatsapp","kind":"phone","address":"+5511900000001","last_message_at":1772452801200000,"state":"open","handler":"human","needs_human":0,"opted_out":0,"episode":1,"episode_from":1,"previous_episode_at":null,"number":3,"facts":3,"due_at":null,"epoch":1,"lease_by":null,"lease_until":null,"claimed_at":null,"turn":null,"retry_at":null,"apology_at":null},"messages":["064c095398bf80b6327b3c2518b91db0"],"sendable":true}',1772452801200000);
CREATE TABLE event (
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
INSERT INTO "event" VALUES('main','main','in 1','','064c0953867000562da138a269a294b7','064c095386700021c89da1877fe531ac',NULL,NULL,0,'[["MessageSid","in 1"],["Body","how much did I spend?"]]',1772452800000000);
INSERT INTO "event" VALUES('main','main','out-1','delivered','064c0953867000562da138a269a294b7','064c095398bf80b21af7388b3e0ade42',31,NULL,0,'[["MessageStatus","delivered"]]',1772452801200000);
INSERT INTO "event" VALUES('main','main','in 4','','064c0953a801c0d7bdc67441332fa1fd','064c0953a801c04d0eb29915a3016381',NULL,NULL,0,'[["MessageSid","in 4"],["Body","note 10 for coffee"]]',1772452802200000);
INSERT INTO "event" VALUES('main','main','in 6','','064c0953c993809e2c727d7af785a16d','064c0953c993802281a9227de632f84a',NULL,NULL,0,'[["MessageSid","in 6"],["Body","hello?"]]',1772452804400000);
INSERT INTO "event" VALUES('main','main','in 8','','064c0953eb2540d3a7e1a102ec90bcfb','064c0953eb2540437933bbb05fb8784d',NULL,NULL,0,'[["MessageSid","in 8"],["Body","are you there?"]]',1772452806600000);
CREATE TABLE fact (
    workspace    TEXT NOT NULL,
    conversation TEXT NOT NULL,
    number       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    details      TEXT NOT NULL,
    PRIMARY KEY (workspace, conversation, number),
    FOREIGN KEY (workspace, conversation) REFERENCES conversation (workspace, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "fact" VALUES('main','064c0953867000562da138a269a294b7',1,1772452800000000,'message_received','{"message":"064c095386700021c89da1877fe531ac"}');
INSERT INTO "fact" VALUES('main','064c0953867000562da138a269a294b7',2,1772452801200000,'turn_committed','{"turn":"064c095398bf802a44f55b07ecadd0bf"}');
INSERT INTO "fact" VALUES('main','064c0953867000562da138a269a294b7',3,1772452801200000,'moved','{"move":"reply","by":"olga"}');
INSERT INTO "fact" VALUES('main','064c0953a801c0d7bdc67441332fa1fd',1,1772452802200000,'message_received','{"message":"064c0953a801c04d0eb29915a3016381"}');
INSERT INTO "fact" VALUES('main','064c0953c993809e2c727d7af785a16d',1,1772452804400000,'message_received','{"message":"064c0953c993802281a9227de632f84a"}');
INSERT INTO "fact" VALUES('main','064c0953c993809e2c727d7af785a16d',2,1772452805600000,'turn_died','{"turn":"064c0953dbe300815e62c6c6a332ed73","why":"the model is gone"}');
INSERT INTO "fact" VALUES('main','064c0953eb2540d3a7e1a102ec90bcfb',1,1772452806600000,'message_received','{"message":"064c0953eb2540437933bbb05fb8784d"}');
CREATE TABLE line (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    id        TEXT NOT NULL UNIQUE, -- in the whole installation: it is all that a webhook's path says
    channel   TEXT NOT NULL,
    medium    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    account   TEXT NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "line" VALUES('main','main','fake','whatsapp','phone','+14155550100','AC1');
CREATE TABLE message (
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
INSERT INTO "message" VALUES('main','064c0953867000562da138a269a294b7',1,'064c095386700021c89da1877fe531ac','inbound','contact','{"text":"how much did I spend?"}','answered',NULL,'in 1',NULL,1772452800000000,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,0,NULL,0);
INSERT INTO "message" VALUES('main','064c0953867000562da138a269a294b7',2,'064c095398bf80b21af7388b3e0ade42','outbound','assistant','{"text":"12.50"}','delivered',NULL,'out-1',NULL,1772452801200000,1,NULL,NULL,'064c095398bf802a44f55b07ecadd0bf','064c095398bf802a44f55b07ecadd0bf',NULL,'in 1','whatsapp','phone','+5511900000001',31,1,0,1772452801200000,NULL,NULL,0,NULL,0);
INSERT INTO "message" VALUES('main','064c0953867000562da138a269a294b7',3,'064c095398bf80b6327b3c2518b91db0','outbound','operator','{"text":"this is Olga"}','queued',NULL,NULL,NULL,1772452801200000,1,NULL,NULL,NULL,'064c095398bf80392521397202416908','olga','in 1','whatsapp','phone','+5511900000001',0,0,0,NULL,1772452801200000,NULL,0,NULL,0);
INSERT INTO "message" VALUES('main','064c0953a801c0d7bdc67441332fa1fd',1,'064c0953a801c04d0eb29915a3016381','inbound','contact','{"text":"note 10 for coffee"}','pending',NULL,'in 4',NULL,1772452802200000,1,1772452803400000,1772452810200000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,0,NULL,0);
INSERT INTO "message" VALUES('main','064c0953c993809e2c727d7af785a16d',1,'064c0953c993802281a9227de632f84a','inbound','contact','{"text":"hello?"}','dead','the model is gone','in 6',NULL,1772452804400000,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,0,NULL,0);
INSERT INTO "message" VALUES('main','064c0953c993809e2c727d7af785a16d',2,'064c0953dbe300d52b63375902d18819','outbound','system','{"text":"I am sorry"}','queued',NULL,NULL,NULL,1772452805600000,1,NULL,NULL,'064c0953dbe300815e62c6c6a332ed73','064c0953dbe300815e62c6c6a332ed73',NULL,'in 6','whatsapp','phone','+5511900000003',0,0,0,NULL,1772452805600000,NULL,0,NULL,0);
INSERT INTO "message" VALUES('main','064c0953eb2540d3a7e1a102ec90bcfb',1,'064c0953eb2540437933bbb05fb8784d','inbound','contact','{"text":"are you there?"}','pending',NULL,'in 8',NULL,1772452806600000,1,1772452807800000,1772452814600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,0,NULL,0);
CREATE TABLE migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
INSERT INTO "migration" VALUES(1,'everything','2026-03-02 12:00:00');
CREATE TABLE opt_out (
    workspace TEXT NOT NULL,
    line      TEXT NOT NULL,
    medium    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    address   TEXT NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, line, medium, kind, address),
    FOREIGN KEY (workspace, line) REFERENCES line (workspace, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE settlement (
    workspace TEXT NOT NULL,
    message   TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    call      TEXT NOT NULL,
    after     INTEGER,
    PRIMARY KEY (workspace, message, attempt, call),
    FOREIGN KEY (workspace, message, attempt) REFERENCES attempt (workspace, message, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "settlement" VALUES('main','064c095398bf80b21af7388b3e0ade42',1,'settle 3',NULL);
CREATE TABLE step (
    workspace   TEXT NOT NULL,
    turn        TEXT NOT NULL,
    number      INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('asked', 'results')), -- in this order
    entry       TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, turn, number, kind),
    FOREIGN KEY (workspace, turn) REFERENCES turn (workspace, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "step" VALUES('main','064c095398bf802a44f55b07ecadd0bf',0,'asked','{"text":"","calls":[{"id":"call of look_up","name":"look_up","arguments":"{\"of\": \"coffee\"}"}],"effects":false,"usage":{"input":100,"output":10,"cached":50},"model":"offline"}',1772452801200000);
INSERT INTO "step" VALUES('main','064c095398bf802a44f55b07ecadd0bf',0,'results','{"results":[{"call":"call of look_up","text":"12.50","failed":false}]}',1772452801200000);
INSERT INTO "step" VALUES('main','064c0953ba5140450f5ffa7bb8c35d2c',0,'asked','{"text":"","calls":[{"id":"call of note","name":"note","arguments":"{\"of\": \"coffee\"}"}],"effects":true,"usage":{"input":200,"output":15,"cached":0},"model":"offline"}',1772452803400000);
INSERT INTO "step" VALUES('main','064c0953ba5140450f5ffa7bb8c35d2c',0,'results','{"results":[{"call":"call of note","text":"noted","failed":false}]}',1772452803400000);
CREATE TABLE turn (
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
INSERT INTO "turn" VALUES('main','064c095398bf802a44f55b07ecadd0bf','064c0953867000562da138a269a294b7',1,1772452801200000,'in 1',1,'committed',NULL,0,0,1,0,0,220,30,50,'offline',1772452801200000,1,'commit');
INSERT INTO "turn" VALUES('main','064c0953ba5140450f5ffa7bb8c35d2c','064c0953a801c0d7bdc67441332fa1fd',1,1772452803400000,'in 4',1,'running',NULL,0,0,1,0,1,200,15,0,'offline',NULL,NULL,NULL);
INSERT INTO "turn" VALUES('main','064c0953dbe300815e62c6c6a332ed73','064c0953c993809e2c727d7af785a16d',1,1772452805600000,'in 6',1,'dead','the model is gone',0,0,0,0,0,0,0,0,NULL,1772452805600000,1,'release');
CREATE TABLE workspace (
    id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO "workspace" VALUES('main');
CREATE INDEX contact_address_of ON contact_address (workspace, contact);
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX conversation_leased ON conversation (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX conversation_address ON conversation (workspace, line, address);
CREATE INDEX conversation_active ON conversation (workspace, last_message_at, id);
CREATE INDEX conversation_needs_human ON conversation (workspace, last_message_at, id)
    WHERE needs_human = 1;
CREATE INDEX message_pending ON message (workspace, conversation, number) WHERE status = 'pending';
CREATE INDEX message_lane ON message (workspace, conversation, number)
    WHERE status = 'queued' OR status = 'sending' OR status = 'uncertain';
CREATE INDEX message_care ON message (care_at) WHERE care_at IS NOT NULL;
CREATE INDEX message_holder ON message (holder) WHERE holder IS NOT NULL;
CREATE INDEX message_witnessed ON message (witnessed) WHERE witnessed = 1;
CREATE INDEX message_dead ON message (status) WHERE status = 'dead';
CREATE UNIQUE INDEX attempt_copy ON attempt (workspace, line, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX attempt_copies_to ON attempt (workspace, line, to_medium, to_kind, to_address, begun_at)
    WHERE provider_id IS NOT NULL;
CREATE VIEW tried AS
    SELECT message.*, attempt.number AS attempt, attempt.line, attempt.provider_id AS copy, attempt.accepted
    FROM attempt JOIN message ON message.workspace = attempt.workspace AND message.id = attempt.message;
COMMIT;
