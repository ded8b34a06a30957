-- Recording: what channels heard becomes durable, many events in one transaction, and a repeat changes nothing.

-- Which conversation an event was recorded with before, if it was.
create or replace function recado.heard_before(event jsonb, status text) returns jsonb
    language plpgsql stable as $$
declare
    conversation text;
begin
    select e.conversation into conversation from recado.event e
    where e.workspace = event ->> 'workspace' and e.line = event ->> 'line'
        and e.provider_id = event ->> 'provider_id' and e.status = heard_before.status;
    if found then
        return jsonb_build_object('is', 'known', 'conversation', conversation);
    end if;
    return null;
end $$;

-- Somebody else made it first, in spite of the names that were locked: all of it is repeated, and then it is there.
create or replace function recado.begin_again() returns void
    language plpgsql as $$
begin
    raise exception using errcode = 'serialization_failure', message = 'another one was recorded first';
end $$;

-- The conversation of whoever has these addresses, on this line, locked. Contact and conversation are made if need be,
-- and new addresses attached. One that is somebody else's stays theirs: two contacts are never merged.
create or replace function recado.conversation_with(arrival jsonb, at timestamptz) returns text
    language plpgsql volatile as $$
declare
    workspace text := arrival ->> 'workspace';
    line text := arrival ->> 'line';
    addresses jsonb := arrival -> 'addresses';
    sender jsonb := addresses -> 0;
    someone record := recado.sender_of(workspace, line, addresses);
    contact text := someone.contact;
    conversation text := someone.conversation;
    place integer;
begin
    if contact is null then
        contact := recado.new_id(at);
        insert into recado.contact (workspace, id, name, medium, kind, address)
        values (
            workspace, contact, arrival ->> 'name', sender ->> 'medium', sender ->> 'kind', sender ->> 'address'
        );
    end if;
    foreach place in array coalesce(someone.unknown, '{}') loop
        insert into recado.contact_address (workspace, medium, kind, address, contact)
        values (
            workspace, addresses -> place ->> 'medium', addresses -> place ->> 'kind', addresses -> place ->> 'address',
            contact
        )
        on conflict do nothing;
        if not found then
            perform recado.begin_again();
        end if;
    end loop;
    if conversation is not null then
        return (recado.locked(workspace, conversation)).id;
    end if;
    insert into recado.conversation as c (
        workspace, id, contact, line, medium, kind, address, last_message_at, opted_out
    ) values (
        workspace, recado.new_id(at), contact, line, sender ->> 'medium', sender ->> 'kind', sender ->> 'address', at,
        exists (
            select from recado.opt_out o
            where o.workspace = arrival ->> 'workspace' and o.line = arrival ->> 'line'
                and o.medium = sender ->> 'medium' and o.kind = sender ->> 'kind' and o.address = sender ->> 'address'
        )
    )
    on conflict do nothing returning c.id into conversation;
    if not found then
        perform recado.begin_again();
    end if;
    return conversation;
end $$;

-- The sender becomes the one to reply to, and is called what they call themselves. `contact`: as it is by now.
create or replace function recado.replying_to(c recado.conversation, contact recado.contact, sender jsonb, name text)
    returns recado.conversation language plpgsql volatile as $$
declare
    medium text := sender ->> 'medium';
    kind text := sender ->> 'kind';
    address text := sender ->> 'address';
begin
    if (contact.medium, contact.kind, contact.address) <> (medium, kind, address)
        or contact.name is distinct from coalesce(name, contact.name) then
        update recado.contact p
        set name = coalesce(replying_to.name, p.name), medium = sender ->> 'medium', kind = sender ->> 'kind',
            address = sender ->> 'address'
        where p.workspace = c.workspace and p.id = c.contact;
    end if;
    if (c.medium, c.kind, c.address) <> (medium, kind, address) then
        c.medium := medium;
        c.kind := kind;
        c.address := address;
        c := recado.with_ledger(c);
    end if;
    return c;
end $$;

-- The consequences of what a message says about consent, and why it is to be ignored, if it is.
create or replace function recado.consented(
    inout c recado.conversation, out ignored text, consent jsonb, sender jsonb, at timestamptz
) language plpgsql volatile as $$
begin
    if consent ->> 'change' = 'out' then
        c := recado.opted_out(
            c, sender ->> 'medium', sender ->> 'kind', sender ->> 'address', consent ->> 'source', at
        );
        ignored := 'opted out';
    elsif consent is not null and (c.opted_out or not (consent -> 'only_if_out')::boolean) then
        c := recado.opted_in(c, sender ->> 'medium', sender ->> 'kind', sender ->> 'address', at);
        ignored := case when (consent -> 'answered_by_provider')::boolean then 'opted in' end;
    elsif c.opted_out then
        ignored := 'opted out';
    end if;
end $$;

-- Somebody wrote. `known`: their conversation, if they are known on this line with all their addresses; it is locked.
create or replace function recado.arrived(
    arrival jsonb, known text, quiet interval, ceiling interval, at timestamptz
) returns jsonb language plpgsql volatile as $$
declare
    workspace text := arrival ->> 'workspace';
    provider_id text := arrival ->> 'provider_id';
    sender jsonb := arrival -> 'addresses' -> 0;
    message text := recado.new_id(at);
    conversation_ text := known;
    c recado.conversation;
    r record;
    ignored text;
begin
    if known is null then
        if recado.heard_before(arrival, '') is not null then
            return recado.heard_before(arrival, '');
        end if;
        conversation_ := recado.conversation_with(arrival, at);
    end if;
    insert into recado.event (workspace, line, provider_id, status, conversation, message, raw, recorded_at)
    values (workspace, arrival ->> 'line', provider_id, '', conversation_, message, arrival -> 'raw', at)
    on conflict do nothing;
    if not found then
        if known is null then -- and so something was made for it
            perform recado.begin_again();
        end if;
        return recado.heard_before(arrival, '');
    end if;
    select k as conversation, p as contact into r from recado.conversation k
    join recado.contact p on p.workspace = k.workspace and p.id = k.contact
    where k.workspace = arrival ->> 'workspace' and k.id = conversation_;
    c := recado.replying_to(r.conversation, r.contact, sender, arrival ->> 'name');
    c := recado.reopened(c, at);
    c.number := c.number + 1;
    c.last_message_at := at;
    c := recado.note(c, 'message_received', jsonb_build_object('message', message), at);
    if c.opted_out or arrival -> 'consent' is not null then
        r := recado.consented(c, arrival -> 'consent', sender, at);
        c := r.c;
        ignored := r.ignored;
    end if;
    if ignored is not null then
        c := recado.note(c, 'message_ignored', jsonb_build_object('message', message, 'why', ignored), at);
    end if;
    insert into recado.message (
        workspace, conversation, number, id, direction, author, content, status, why, provider_id, provider_time,
        recorded_at, episode, quiet_at, ceiling_at
    ) values (
        c.workspace, c.id, c.number, message, 'inbound', 'contact', arrival -> 'content',
        case when ignored is null then 'pending' else 'ignored' end, ignored, provider_id,
        (arrival ->> 'time')::timestamptz, at, c.episode, case when ignored is null then at + quiet end,
        case when ignored is null then at + ceiling end
    );
    c := recado.saved(c);
    return jsonb_build_object(
        'is', 'new', 'conversation', c.id, 'message', message, 'wake_after', recado.after(c.due_at, at)
    );
end $$;

-- A message of ours moved on.
create or replace function recado.reported(report jsonb, at timestamptz) returns jsonb
    language plpgsql volatile as $$
declare
    provider_id text := report ->> 'provider_id';
    status text := report ->> 'status';
    rank integer := (report ->> 'rank')::integer;
    why text := report ->> 'why';
    opts_out boolean := (report -> 'opts_out')::boolean;
    t recado.tried := recado.tried_of(report);
    c recado.conversation;
begin
    insert into recado.event (
        workspace, line, provider_id, status, conversation, message, rank, why, opts_out, raw, recorded_at
    ) values (
        report ->> 'workspace', report ->> 'line', provider_id, status, t.conversation, t.id, rank, why,
        opts_out, report -> 'raw', at
    )
    on conflict do nothing;
    if not found then
        return recado.heard_before(report, status);
    end if;
    if t.id is null then
        return jsonb_build_object('is', 'new');
    end if;
    if not opts_out and recado.is_mere_progress(t, provider_id, status) then
        perform recado.rose(t, status, rank, why, provider_id);
        return jsonb_build_object(
            'is', 'new', 'conversation', t.conversation, 'message', t.id, 'correlation', t.correlation
        );
    end if;
    c := recado.locked(t.workspace, t.conversation);
    t := recado.tried_of(report); -- as it is now that nobody else writes it
    c := recado.merged(c, t, provider_id, status, rank, why, opts_out, at);
    if opts_out then
        c := recado.opted_out(c, t.to_medium, t.to_kind, t.to_address, 'provider', at);
    end if;
    c := recado.saved(c);
    return jsonb_build_object(
        'is', 'new', 'conversation', c.id, 'message', t.id, 'sendable', recado.is_sendable(c, at),
        'correlation', t.correlation
    );
end $$;

create or replace function recado.heard(
    event jsonb, known text, quiet interval, ceiling interval, at timestamptz
) returns jsonb language plpgsql volatile as $$
begin
    if event ->> 'is' = 'report' then
        return recado.reported(event, at);
    end if;
    return recado.arrived(event, known, quiet, ceiling, at);
end $$;

create or replace function recado.heard_together(events jsonb[], quiet interval, ceiling interval) returns jsonb
    language plpgsql volatile as $$
declare
    known text[] := recado.prepared(events);
    at timestamptz := recado.instant();
    answers jsonb[] := '{}';
begin
    for n in 1 .. cardinality(events) loop
        answers[n] := recado.heard(events[n], known[n], quiet, ceiling, at);
    end loop;
    return to_jsonb(answers);
end $$;

-- Each event by itself: the bad ones have their error for an answer. An error that is not the event's own is raised.
create or replace function recado.heard_each_alone(events jsonb[], quiet interval, ceiling interval) returns jsonb
    language plpgsql volatile as $$
declare
    known text[] := recado.prepared(events);
    at timestamptz := recado.instant();
    answers jsonb[] := '{}';
    code text;
    why text;
begin
    for n in 1 .. cardinality(events) loop
        begin
            answers[n] := recado.heard(events[n], known[n], quiet, ceiling, at);
        exception
            when data_exception or integrity_constraint_violation or program_limit_exceeded
                or sqlstate 'RC400' or sqlstate 'RC409' then
                get stacked diagnostics code = returned_sqlstate, why = message_text;
                answers[n] := jsonb_build_object('is', 'error', 'code', code, 'message', why);
        end;
    end loop;
    return to_jsonb(answers);
end $$;

-- Store what channels heard: an answer for each event, in order. That there is a bad one among them, which is rare, is
-- found out by trying: were each written in a subtransaction of its own, each conversation, locked before, would need a
-- multixact, and these are used up.
create or replace function public.recado_record_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    events jsonb[] := array(select jsonb_array_elements(args -> 'events'));
    quiet interval := recado.span((args ->> 'quiet')::bigint);
    ceiling interval := recado.span((args ->> 'ceiling')::bigint);
begin
    return recado.heard_together(events, quiet, ceiling);
exception
    when data_exception or integrity_constraint_violation or program_limit_exceeded
        or sqlstate 'RC400' or sqlstate 'RC409' then
        return recado.heard_each_alone(events, quiet, ceiling);
end $$;

select recado.settle_rights();
