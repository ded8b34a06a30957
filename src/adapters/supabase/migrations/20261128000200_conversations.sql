-- What every operation on a conversation is made of. An operation locks the conversation's row, takes the time, changes
-- its copy of the row through these functions, and saves it.
--
-- What reads or writes a table is plpgsql, which keeps its plans for the session; functions in SQL that cannot be
-- inlined are planned in every transaction before PostgreSQL 18.

-- The store's clock. Taken after the lock: who waited for it must not write with the time before the wait.
create or replace function recado.instant() returns timestamptz
    language sql volatile as $$ select clock_timestamp() $$;

create or replace function recado.span(micros bigint) returns interval
    language sql immutable as $$ select micros * interval '1 microsecond' $$;

create or replace function recado.micros(length interval) returns bigint
    language sql immutable as $$ select (extract(epoch from length) * 1000000)::bigint $$;

-- How long it is from `at`, in microseconds; never negative.
create or replace function recado.after(instant timestamptz, at timestamptz) returns bigint
    language sql immutable as $$
    select case when instant is not null then greatest(recado.micros(instant - at), 0) end
$$;

-- Unique everywhere, and in the order of time, so that what is new lies together in the indexes.
create or replace function recado.new_id(at timestamptz) returns text
    language sql volatile as $$
    select lpad(to_hex((extract(epoch from at) * 1000000)::bigint), 14, '0')
        || right(replace(gen_random_uuid()::text, '-', ''), 18)
$$;

-- The rank that a failed message has in the merge of news about a delivery: core's RANK, which a test compares.
create or replace function recado.rank_of_failed() returns integer
    language sql immutable as $$ select 30 $$;


-- The conversation's row, locked until the transaction ends; null without one.
create or replace function recado.locked(workspace_ text, id_ text) returns recado.conversation
    language plpgsql volatile as $$
declare
    c recado.conversation;
begin
    select s.* into c from recado.conversation s where s.workspace = workspace_ and s.id = id_ for no key update;
    return c;
end $$;

-- Write down what happened.
create or replace function recado.note(c recado.conversation, kind text, details jsonb, at timestamptz)
    returns recado.conversation language plpgsql volatile as $$
begin
    c.facts := c.facts + 1;
    insert into recado.fact (workspace, conversation, number, at, kind, details)
    values (c.workspace, c.id, c.facts, note.at, note.kind, note.details);
    return c;
end $$;

-- Open it; a new episode, if it is closed.
create or replace function recado.reopened(c recado.conversation, at timestamptz)
    returns recado.conversation language plpgsql volatile as $$
begin
    if c.state = 'closed' then
        c.episode := c.episode + 1;
        c.episode_from := c.number + 1;
        c.previous_episode_at := c.last_message_at;
        c := recado.note(c, 'reopened', jsonb_build_object('episode', c.episode::text), at);
    end if;
    c.state := 'open';
    return c;
end $$;

create or replace function recado.assistant_may_act(c recado.conversation) returns boolean
    language sql immutable as $$ select c.handler = 'assistant' and c.state <> 'closed' and not c.opted_out $$;

create or replace function recado.without_lease(c recado.conversation) returns recado.conversation
    language plpgsql immutable as $$
begin
    c.lease_by := null;
    c.lease_until := null;
    c.claimed_at := null;
    return c;
end $$;

-- When the assistant should look at it.
create or replace function recado.due_at(c recado.conversation) returns timestamptz
    language plpgsql stable as $$
declare
    ceiling timestamptz;
    quiet timestamptz;
begin
    if c.handler <> 'assistant' or c.opted_out then
        return null;
    end if;
    select m.ceiling_at into ceiling from recado.message m
    where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending' order by m.number limit 1;
    if not found then
        return null;
    end if;
    select m.quiet_at into quiet from recado.message m
    where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending' order by m.number desc limit 1;
    return greatest(least(ceiling, quiet), c.retry_at);
end $$;

-- Write it back. Every operation that touched it, or its messages, ends so: `due_at` is computed here and nowhere else.
create or replace function recado.saved(c recado.conversation) returns recado.conversation
    language plpgsql volatile as $$
begin
    c.due_at := recado.due_at(c);
    update recado.conversation s set
        medium = c.medium, kind = c.kind, address = c.address, last_message_at = c.last_message_at,
        state = c.state, handler = c.handler, needs_human = c.needs_human, opted_out = c.opted_out,
        episode = c.episode, episode_from = c.episode_from, previous_episode_at = c.previous_episode_at,
        number = c.number, facts = c.facts, due_at = c.due_at, epoch = c.epoch, lease_by = c.lease_by,
        lease_until = c.lease_until, claimed_at = c.claimed_at, turn = c.turn, retry_at = c.retry_at,
        apology_at = c.apology_at
    where s.workspace = c.workspace and s.id = c.id and s is distinct from c;
    return c;
end $$;


-- The numbers of the first and the newest unanswered message; 0 without any.
create or replace function recado.unanswered(c recado.conversation, out first integer, out newest integer)
    language plpgsql stable as $$
begin
    select coalesce(min(m.number), 0), coalesce(max(m.number), 0) into first, newest from recado.message m
    where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending';
end $$;

create or replace function recado.is_unanswered_up_to(c recado.conversation, number integer) returns boolean
    language plpgsql stable as $$
begin
    return exists (
        select from recado.message m
        where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending'
            and m.number <= is_unanswered_up_to.number
    );
end $$;

-- They are answered, or dead.
create or replace function recado.mark_up_to(c recado.conversation, number integer, status text, why text)
    returns void language plpgsql volatile as $$
begin
    update recado.message m
    set status = mark_up_to.status, why = mark_up_to.why, quiet_at = null, ceiling_at = null
    where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending'
        and m.number <= mark_up_to.number;
end $$;

create or replace function recado.ignored_all(c recado.conversation, why text, at timestamptz)
    returns recado.conversation language plpgsql volatile as $$
declare
    message text;
begin
    for message in
        with ignored as (
            update recado.message m
            set status = 'ignored', why = ignored_all.why, quiet_at = null, ceiling_at = null
            where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending'
            returning m.number, m.id
        )
        select i.id from ignored i order by i.number
    loop
        c := recado.note(c, 'message_ignored', jsonb_build_object('message', message, 'why', why), at);
    end loop;
    return c;
end $$;

-- Make what is pending due at once.
create or replace function recado.hurried(c recado.conversation, at timestamptz)
    returns recado.conversation language plpgsql volatile as $$
begin
    update recado.message m set quiet_at = least(m.quiet_at, at)
    where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending';
    c.retry_at := null;
    return c;
end $$;

-- The provider's id of the first unanswered message, else of the newest one.
create or replace function recado.correlation(c recado.conversation) returns text
    language plpgsql stable as $$
begin
    return coalesce(
        (
            select m.provider_id from recado.message m
            where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending'
            order by m.number limit 1
        ),
        (
            select m.provider_id from recado.message m
            where m.workspace = c.workspace and m.conversation = c.id and m.direction = 'inbound'
            order by m.number desc limit 1
        )
    );
end $$;


create or replace function recado.turn_of(workspace_ text, id_ text) returns recado.turn
    language plpgsql stable as $$
declare
    t recado.turn;
begin
    select s.* into t from recado.turn s where s.workspace = workspace_ and s.id = id_;
    return t;
end $$;

-- Write a turn back.
create or replace function recado.save_turn(t recado.turn) returns void
    language plpgsql volatile as $$
begin
    update recado.turn s set
        read_to = t.read_to, state = t.state, why = t.why, attempts = t.attempts, supersedes = t.supersedes,
        steps = t.steps, draft_from = t.draft_from, acts = t.acts, input = t.input, output = t.output,
        cached = t.cached, cost = t.cost, model = t.model, closed_at = t.closed_at, ended_epoch = t.ended_epoch,
        ended_by = t.ended_by
    where s.workspace = t.workspace and s.id = t.id and s is distinct from t;
end $$;

-- The turn is over, with a fact that says how. Neither is saved yet.
create or replace function recado.close_turn(
    inout c recado.conversation, inout t recado.turn, state text, why text, at timestamptz
) language plpgsql volatile as $$
begin
    t.state := close_turn.state;
    t.why := close_turn.why;
    t.closed_at := at;
    c := recado.note(
        c,
        case state when 'dead' then 'turn_died' else 'turn_' || state end,
        jsonb_strip_nulls(jsonb_build_object('turn', t.id, 'why', why)),
        at
    );
    c.turn := null;
    c.retry_at := null;
    c := recado.without_lease(c);
end $$;

-- Drop the open turn, unless somebody runs it, when nothing it read is waiting any more: a new text has its own.
create or replace function recado.without_moot_turn(c recado.conversation, at timestamptz)
    returns recado.conversation language plpgsql volatile as $$
declare
    t recado.turn;
    r record;
begin
    if c.turn is null or c.lease_until > at then
        return c;
    end if;
    t := recado.turn_of(c.workspace, c.turn);
    if t.id is not null and not recado.is_unanswered_up_to(c, t.read_to) then
        r := recado.close_turn(c, t, 'dropped', 'nothing it read is waiting any more', at);
        c := r.c;
        perform recado.save_turn(r.t);
    end if;
    return c;
end $$;

select recado.settle_rights();
