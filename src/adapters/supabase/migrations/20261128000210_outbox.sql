-- The lane of a conversation: what we write goes out one row at a time, in order of recording. A row that is `sending`
-- or `uncertain` blocks the lane, and so does a queued one that waits for its next attempt.

-- Add a message of ours, to where the person wrote from last on this line. `held`: why it is not to be sent.
create or replace function recado.write_out(
    inout c recado.conversation,
    out message text,
    body text,
    author text,
    reply text,
    correlation text,
    held text,
    turn text,
    by text,
    at timestamptz
) language plpgsql volatile as $$
begin
    c.number := c.number + 1;
    c.last_message_at := at;
    message := recado.new_id(at);
    insert into recado.message (
        workspace, conversation, number, id, direction, author, content, status, why, recorded_at, episode, turn,
        reply, written_by, correlation, to_medium, to_kind, to_address, care_at
    ) values (
        c.workspace, c.id, c.number, message, 'outbound', write_out.author, jsonb_build_object('text', body),
        case when held is null then 'queued' else 'held' end, held, at, c.episode, write_out.turn,
        write_out.reply, by, write_out.correlation, c.medium, c.kind, c.address, case when held is null then at end
    );
end $$;

-- The row of the lane that counts: the one in flight, else the first queued one; null without one.
create or replace function recado.first_of_lane(c recado.conversation) returns recado.message
    language plpgsql stable as $$
declare
    m recado.message;
begin
    select s.* into m from recado.message s
    where s.workspace = c.workspace and s.conversation = c.id and s.status in ('queued', 'sending', 'uncertain')
    order by s.status = 'queued', s.number limit 1;
    return m;
end $$;

-- The lane has a row that can be sent now.
create or replace function recado.is_sendable(c recado.conversation, at timestamptz) returns boolean
    language plpgsql stable as $$
declare
    m recado.message := recado.first_of_lane(c);
begin
    return coalesce(m.status = 'queued' and m.care_at <= at, false);
end $$;

-- The ledger of the line has this address.
create or replace function recado.is_out(c recado.conversation, medium text, kind text, address text) returns boolean
    language plpgsql stable as $$
begin
    return exists (
        select from recado.opt_out o
        where o.workspace = c.workspace and o.line = c.line and o.medium = is_out.medium and o.kind = is_out.kind
            and o.address = is_out.address
    );
end $$;

-- All that is queued fails; or what is still queued of one reply; or one row.
create or replace function recado.failed_queued(
    c recado.conversation, why text, reply text, number integer, at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    message text;
begin
    for message in
        with failed as (
            update recado.message m
            set status = 'failed', why = failed_queued.why, rank = recado.rank_of_failed(), care_at = null
            where m.workspace = c.workspace and m.conversation = c.id and m.status = 'queued'
                and m.reply = coalesce(failed_queued.reply, m.reply)
                and m.number = coalesce(failed_queued.number, m.number)
            returning m.number, m.id
        )
        select f.id from failed f order by f.number
    loop
        c := recado.note(c, 'send_failed', jsonb_build_object('message', message, 'why', why), at);
    end loop;
    return c;
end $$;

-- What is queued is not sent until a person says so; of one reply, or by one author.
create or replace function recado.hold_queued(c recado.conversation, why text, reply text, author text) returns void
    language plpgsql volatile as $$
begin
    update recado.message m set status = 'held', why = hold_queued.why, care_at = null
    where m.workspace = c.workspace and m.conversation = c.id and m.status = 'queued'
        and m.reply = coalesce(hold_queued.reply, m.reply) and m.author = coalesce(hold_queued.author, m.author);
end $$;

-- A line as it is told, with what it signs in with, sealed.
create or replace function recado.line_told(workspace_ text, id_ text) returns jsonb
    language plpgsql stable as $$
begin
    return (
        select to_jsonb(l) || jsonb_build_object('sealed', s.sealed)
        from recado.line l left join recado.line_secret s on s.workspace = l.workspace and s.line = l.id
        where l.workspace = workspace_ and l.id = id_
    );
end $$;

-- A row in flight, as whoever sends it or looks for it is given it.
create or replace function recado.send_told(c recado.conversation, m recado.message) returns jsonb
    language sql stable as $$
    select jsonb_build_object(
        'workspace', m.workspace,
        'conversation', m.conversation,
        'id', m.id,
        'attempt', m.attempts,
        'to_medium', m.to_medium,
        'to_kind', m.to_kind,
        'to_address', m.to_address,
        'text', m.content ->> 'text',
        'correlation', m.correlation,
        'begun_at', m.begun_at,
        'resends', m.resends,
        'line', recado.line_told(c.workspace, c.line)
    )
$$;

create or replace function recado.begun(
    c recado.conversation, m recado.message, holder text, send_within interval, at timestamptz
) returns recado.message language plpgsql volatile as $$
begin
    update recado.message s set
        status = 'sending', why = null, attempts = s.attempts + 1, begun_at = coalesce(s.begun_at, at),
        care_at = at + send_within, uncertain_at = null, looks = 0, holder = begun.holder
    where s.workspace = m.workspace and s.id = m.id
    returning s.* into m;
    insert into recado.attempt (workspace, message, number, line, to_medium, to_kind, to_address, begun_at)
    values (m.workspace, m.id, m.attempts, c.line, m.to_medium, m.to_kind, m.to_address, at);
    return m;
end $$;

-- Begin the first row of the lane, if it can be sent now and is of this reply: `send`; else `waiting`, the row that
-- waits there. A row that the same holder began before, and nobody has settled since, is given again. What an opted-out
-- person would get fails instead.
create or replace function recado.advance(
    inout c recado.conversation,
    out send jsonb,
    out waiting recado.message,
    holder text,
    send_within interval,
    reply text,
    at timestamptz
) language plpgsql volatile as $$
declare
    m recado.message;
begin
    loop
        m := recado.first_of_lane(c);
        exit when m.id is null or m.status <> 'queued';
        if c.opted_out or recado.is_out(c, m.to_medium, m.to_kind, m.to_address) then
            c := recado.failed_queued(c, 'opted out', null, m.number, at);
        elsif m.care_at > at or m.reply <> advance.reply then
            waiting := m;
            return;
        else
            send := recado.send_told(c, recado.begun(c, m, holder, send_within, at));
            return;
        end if;
    end loop;
    if m.status = 'sending' and m.holder = advance.holder then
        send := recado.send_told(c, m);
    else
        waiting := m;
    end if;
end $$;

-- The send that this call began before, if nobody has settled it since: a repeat must never make a second copy.
create or replace function recado.resumed(c recado.conversation, holder text) returns jsonb
    language plpgsql stable as $$
declare
    m recado.message := recado.first_of_lane(c);
begin
    return case when m.status = 'sending' and m.holder = resumed.holder then recado.send_told(c, m) end;
end $$;

select recado.settle_rights();
