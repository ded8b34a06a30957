-- The workspace is part of every key, so nothing can point across workspaces.

create table if not exists recado.workspace (
    id text primary key
);

create table if not exists recado.line (
    workspace text not null references recado.workspace (id),
    id        text not null unique, -- in the whole installation: it is all that a webhook's path says
    channel   text not null,
    medium    text not null,
    kind      text not null,
    address   text not null,
    account   text not null,
    primary key (workspace, id)
);

-- What a line signs in with, sealed by the application: the key is not in the database.
create table if not exists recado.line_secret (
    workspace text not null,
    line      text not null,
    sealed    text not null,
    primary key (workspace, line),
    foreign key (workspace, line) references recado.line (workspace, id)
);

create table if not exists recado.contact (
    workspace text not null references recado.workspace (id),
    id        text not null,
    name      text,
    medium    text not null, -- with kind and address: the one they wrote from last, on whichever line
    kind      text not null,
    address   text not null,
    primary key (workspace, id)
);

create table if not exists recado.contact_address (
    workspace text not null,
    medium    text not null,
    kind      text not null,
    address   text not null,
    contact   text not null,
    number    bigint not null generated always as identity, -- the order in which addresses became known
    primary key (workspace, medium, kind, address),
    foreign key (workspace, contact) references recado.contact (workspace, id)
);
create index if not exists contact_address_of on recado.contact_address (workspace, contact);

-- The ledger of those who do not want to hear from a line. It outlives the contact: the address is what counts.
create table if not exists recado.opt_out (
    workspace text not null,
    line      text not null,
    medium    text not null,
    kind      text not null,
    address   text not null,
    since     timestamptz not null,
    primary key (workspace, line, medium, kind, address),
    foreign key (workspace, line) references recado.line (workspace, id)
);

create table if not exists recado.conversation (
    workspace           text not null,
    id                  text not null,
    contact             text not null,
    line                text not null,
    medium              text not null, -- with kind and address: where replies on this line go
    kind                text not null,
    address             text not null,
    last_message_at     timestamptz not null,
    state               text not null default 'open' check (state in ('open', 'waiting', 'closed')),
    handler             text not null default 'assistant' check (handler in ('assistant', 'human')),
    needs_human         boolean not null default false,
    opted_out           boolean not null default false, -- the ledger holds the address that replies go to
    episode             integer not null default 1,
    episode_from        integer not null default 1, -- the number of its first message
    previous_episode_at timestamptz,
    number              integer not null default 0, -- of the last message
    facts               integer not null default 0, -- the number of the last fact
    due_at              timestamptz,
    epoch               integer not null default 0,
    lease_by            text,
    lease_until         timestamptz, -- null when nobody has it; in the past when its holder is lost
    claimed_at          timestamptz,
    turn                text, -- the open one
    retry_at            timestamptz, -- of the open turn
    apology_at          timestamptz,
    primary key (workspace, id),
    unique (workspace, contact, line),
    foreign key (workspace, contact) references recado.contact (workspace, id),
    foreign key (workspace, line) references recado.line (workspace, id)
);
create index if not exists conversation_due on recado.conversation (due_at) where due_at is not null;
create index if not exists conversation_leased on recado.conversation (lease_by) where lease_by is not null;
create index if not exists conversation_address on recado.conversation (workspace, line, address);
create index if not exists conversation_active on recado.conversation (workspace, last_message_at, id);
create index if not exists conversation_needs_human on recado.conversation (workspace, last_message_at, id)
    where needs_human;

create table if not exists recado.turn (
    workspace    text not null,
    id           text not null,
    conversation text not null,
    opened_in    integer not null, -- the conversation's epoch: it orders its turns
    opened_at    timestamptz not null,
    correlation  text not null,
    read_to      integer not null,
    state        text not null default 'running'
        check (state in ('running', 'retry', 'committed', 'suggested', 'dropped', 'dead')),
    why          text,
    attempts     integer not null default 0,
    supersedes   integer not null default 0,
    steps        integer not null default 0, -- the number of the next step
    draft_from   integer not null default 0, -- earlier steps belong to superseded drafts
    acts         boolean not null default false, -- a journaled answer asks for effects
    input        bigint not null default 0, -- usage, in tokens
    output       bigint not null default 0,
    cached       bigint not null default 0,
    cost         bigint not null default 0, -- in billionths of a US dollar
    model        text,
    closed_at    timestamptz,
    ended_epoch  integer, -- of the lease that ended last, and which operation ended it: for a repeat
    ended_by     text,
    primary key (workspace, id),
    unique (workspace, conversation, opened_in),
    foreign key (workspace, conversation) references recado.conversation (workspace, id)
);
-- The id of a turn is in the order of time, so all turns of a workspace are listed by the primary key. Few are anything
-- but committed for long.
create index if not exists turn_not_committed on recado.turn (workspace, state, id) where state <> 'committed';

create table if not exists recado.step (
    workspace   text not null,
    turn        text not null,
    number      integer not null,
    kind        text not null check (kind in ('asked', 'results')), -- in this order
    entry       jsonb not null,
    recorded_at timestamptz not null,
    primary key (workspace, turn, number, kind),
    foreign key (workspace, turn) references recado.turn (workspace, id)
);

create table if not exists recado.message (
    workspace     text not null,
    conversation  text not null,
    number        integer not null,
    id            text not null,
    direction     text not null check (direction in ('inbound', 'outbound')),
    author        text not null,
    content       jsonb not null,
    status        text not null,
    why           text,
    provider_id   text,
    provider_time timestamptz,
    recorded_at   timestamptz not null,
    episode       integer not null,
    -- inbound
    quiet_at      timestamptz, -- due from then on, if it is the last pending one
    ceiling_at    timestamptz, -- due from then on, if it is the first pending one
    -- outbound
    turn          text,
    reply         text, -- the parts of one reply have it in common: they fail, or are held, together
    written_by    text,
    correlation   text,
    to_medium     text,
    to_kind       text,
    to_address    text,
    rank          integer not null default 0,
    attempts      integer not null default 0,
    resends       integer not null default 0,
    begun_at      timestamptz, -- the first attempt
    care_at       timestamptz, -- queued: not sent before; sending: stale from then; uncertain: looked into from then
    uncertain_at  timestamptz,
    looks         integer not null default 0,
    holder        text, -- the call that handed it out, while it is sending or uncertain
    primary key (workspace, conversation, number),
    unique (workspace, id),
    foreign key (workspace, conversation) references recado.conversation (workspace, id),
    foreign key (workspace, turn) references recado.turn (workspace, id)
);
-- What is finished is in none of these, so work does not grow with the archive.
create index if not exists message_pending on recado.message (workspace, conversation, number)
    where status = 'pending';
create index if not exists message_lane on recado.message (workspace, conversation, number)
    where status in ('queued', 'sending', 'uncertain');
create index if not exists message_care on recado.message (care_at) where care_at is not null;
create index if not exists message_holder on recado.message (holder) where holder is not null;
create index if not exists message_dead on recado.message (status) where status = 'dead';

create table if not exists recado.attempt (
    workspace   text not null,
    message     text not null,
    number      integer not null,
    line        text not null,
    to_medium   text not null,
    to_kind     text not null,
    to_address  text not null,
    begun_at    timestamptz not null,
    provider_id text,
    accepted    boolean not null default false,
    primary key (workspace, message, number),
    foreign key (workspace, message) references recado.message (workspace, id),
    foreign key (workspace, line) references recado.line (workspace, id)
);
create unique index if not exists attempt_copy on recado.attempt (workspace, line, provider_id)
    where provider_id is not null;
create index if not exists attempt_copies_to
    on recado.attempt (workspace, line, to_medium, to_kind, to_address, begun_at)
    where provider_id is not null;

-- Attempts with their message; what they have in common by name is the message's.
create or replace view recado.tried with (security_invoker = true) as
    select message.*, attempt.number as attempt, attempt.line, attempt.provider_id as copy, attempt.accepted
    from recado.attempt
    join recado.message on message.workspace = attempt.workspace and message.id = attempt.message;

-- Which calls settled an attempt, and when each was told to look again: for their repeats.
create table if not exists recado.settlement (
    workspace text not null,
    message   text not null,
    attempt   integer not null,
    call      text not null,
    after     bigint, -- microseconds
    primary key (workspace, message, attempt, call),
    foreign key (workspace, message, attempt) references recado.attempt (workspace, message, number)
);

-- What channels heard, as it was heard. Arrivals have no status; a report whose message is unknown has no message yet.
create table if not exists recado.event (
    workspace    text not null,
    line         text not null,
    provider_id  text not null,
    status       text not null,
    conversation text,
    message      text,
    rank         integer,
    why          text,
    opts_out     boolean not null default false,
    raw          jsonb not null,
    recorded_at  timestamptz not null,
    primary key (workspace, line, provider_id, status),
    foreign key (workspace, line) references recado.line (workspace, id),
    foreign key (workspace, conversation) references recado.conversation (workspace, id)
);

create table if not exists recado.fact (
    workspace    text not null,
    conversation text not null,
    number       integer not null,
    at           timestamptz not null,
    kind         text not null,
    details      jsonb not null,
    primary key (workspace, conversation, number),
    foreign key (workspace, conversation) references recado.conversation (workspace, id)
);

create table if not exists recado.desk_move (
    workspace    text not null,
    conversation text not null,
    key          text not null,
    fingerprint  text not null,
    answer       jsonb not null,
    recorded_at  timestamptz not null,
    primary key (workspace, conversation, key),
    foreign key (workspace, conversation) references recado.conversation (workspace, id)
);

create table if not exists recado.counter (
    name  text primary key,
    value bigint not null
);

-- What models took, or are about to take at most. Days are as the agent's zone has them.
create table if not exists recado.model_call (
    workspace   text not null,
    turn        text not null,
    id          text not null,
    number      integer not null, -- the order in which they were recorded, or reserved
    model       text not null,
    day         date not null,
    input       bigint not null,
    output      bigint not null,
    cached      bigint not null,
    cost        bigint not null,
    reserved    boolean not null, -- the most that it can take, until it is known what it took
    recorded_at timestamptz not null,
    primary key (workspace, turn, id),
    foreign key (workspace, turn) references recado.turn (workspace, id)
);

-- Sums of the above, kept in step with it, so that a cap costs the same on a busy day. Each call is in two rows: in its
-- conversation's, and in one of the few of the whole workspace, which have no contact.
create table if not exists recado.spent (
    workspace    text not null references recado.workspace (id),
    contact      text not null,
    day          date not null,
    conversation text not null,
    model        text not null,
    calls        bigint not null,
    input        bigint not null,
    output       bigint not null,
    cached       bigint not null,
    cost         bigint not null,
    primary key (workspace, contact, day, conversation, model)
);

-- Who was told on which day that a cap is reached.
create table if not exists recado.cap_told (
    workspace text not null,
    contact   text not null,
    day       date not null,
    primary key (workspace, contact, day),
    foreign key (workspace, contact) references recado.contact (workspace, id)
);

-- What skills remember.
create table if not exists recado.record (
    workspace   text not null,
    contact     text not null,
    number      integer not null,
    key         text not null,
    kind        text not null,
    at          timestamptz not null,
    document    json not null, -- kept as it was written: the order of its fields too
    recorded_at timestamptz not null,
    voided_at   timestamptz,
    primary key (workspace, contact, number),
    unique (workspace, contact, key),
    foreign key (workspace, contact) references recado.contact (workspace, id)
);
create index if not exists record_time on recado.record (workspace, contact, kind, at);
create index if not exists record_last on recado.record (workspace, contact, kind, number) where voided_at is null;

create table if not exists recado.api_key (
    workspace   text not null references recado.workspace (id),
    id          text not null,
    digest      bytea not null unique,
    name        text not null,
    permissions text[] not null,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    primary key (workspace, id)
);

select recado.settle_rights();
