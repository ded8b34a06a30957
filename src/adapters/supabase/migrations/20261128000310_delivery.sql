-- The ledger of those who stepped out, and the one merge of news about an attempt, whoever brings it: any order of
-- settlements and reports ends in one state.

-- A conversation is opted out while the ledger has the address that replies go to.
create or replace function recado.with_ledger(c recado.conversation) returns recado.conversation
    language plpgsql stable as $$
begin
    c.opted_out := exists (
        select from recado.opt_out o
        where o.workspace = c.workspace and o.line = c.line and o.medium = c.medium and o.kind = c.kind
            and o.address = c.address
    );
    return c;
end $$;

-- What follows when the ledger has where replies go to: pending is ignored, queued fails, a turn without work is
-- dropped.
create or replace function recado.stopped(c recado.conversation, at timestamptz) returns recado.conversation
    language plpgsql volatile as $$
begin
    c := recado.with_ledger(c);
    c := recado.ignored_all(c, 'opted out', at);
    c := recado.failed_queued(c, 'opted out', null, null, at);
    return recado.without_moot_turn(c, at);
end $$;

-- Other conversations that answer to this address, locked in the order in which a batch locks them: two contacts may
-- have written from one address, a number that changed hands.
create or replace function recado.others_with(c recado.conversation, medium text, kind text, address text)
    returns setof recado.conversation language plpgsql volatile rows 1 as $$
begin
    return query
    select o.* from recado.conversation o
    where o.workspace = c.workspace and o.line = c.line and o.address = others_with.address
        and o.medium = others_with.medium and o.kind = others_with.kind and o.id <> c.id
    order by o.id for no key update;
end $$;

-- This address steps out of the line, wherever replies would go to it. `source`: who said so.
create or replace function recado.opted_out(
    c recado.conversation, medium text, kind text, address text, source text, at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    other recado.conversation;
begin
    insert into recado.opt_out (workspace, line, medium, kind, address, since)
    values (c.workspace, c.line, opted_out.medium, opted_out.kind, opted_out.address, at)
    on conflict do nothing;
    if found then
        c := recado.note(c, 'opted_out', jsonb_build_object('source', source), at);
        for other in select * from recado.others_with(c, medium, kind, address) loop
            perform recado.saved(recado.stopped(other, at));
        end loop;
    end if;
    return recado.stopped(c, at);
end $$;

create or replace function recado.opted_in(
    c recado.conversation, medium text, kind text, address text, at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    other recado.conversation;
begin
    delete from recado.opt_out o
    where o.workspace = c.workspace and o.line = c.line and o.medium = opted_in.medium and o.kind = opted_in.kind
        and o.address = opted_in.address;
    if found then
        c := recado.note(c, 'opted_in', '{}', at);
        for other in select * from recado.others_with(c, medium, kind, address) loop
            perform recado.saved(recado.with_ledger(other));
        end loop;
    end if;
    return recado.with_ledger(c);
end $$;


create or replace function recado.is_failure(status text) returns boolean
    language sql immutable as $$ select status in ('failed', 'undelivered') $$;

-- A report about an accepted message that can change nothing but its status: no fact, no lane, no ledger.
create or replace function recado.is_mere_progress(t recado.tried, provider_id text, status text) returns boolean
    language plpgsql immutable as $$
begin
    return t.accepted and t.copy = is_mere_progress.provider_id
        and t.status in ('accepted', 'sent', 'delivered', 'read')
        and not recado.is_failure(is_mere_progress.status);
end $$;

-- The higher rank wins: whether this one did.
create or replace function recado.rose(t recado.tried, status text, rank integer, why text, provider_id text)
    returns boolean language plpgsql volatile as $$
begin
    update recado.message m
    set status = rose.status, rank = rose.rank, why = rose.why,
        provider_id = coalesce(m.provider_id, rose.provider_id), care_at = null, holder = null
    where m.workspace = t.workspace and m.id = t.id and m.rank < rose.rank;
    return found;
end $$;

create or replace function recado.other_was_accepted(t recado.tried) returns boolean
    language plpgsql stable as $$
begin
    return t.attempts > 1 and exists (
        select from recado.attempt a
        where a.workspace = t.workspace and a.message = t.id and a.accepted and a.number <> t.attempt
    );
end $$;

-- The attempt that made this copy: the one that is known to, else this one. Raises Conflict if it is another message's.
create or replace function recado.maker(t recado.tried, provider_id text) returns recado.tried
    language plpgsql stable as $$
declare
    known recado.tried;
begin
    select k.* into known from recado.tried k
    where k.workspace = t.workspace and k.line = t.line and k.copy = maker.provider_id;
    if known.id is null then
        return t;
    end if;
    if known.id <> t.id then
        raise exception using errcode = 'RC409', message = 'the provider''s id belongs to another message';
    end if;
    return known;
end $$;

-- A failure is the row's only if no other attempt was accepted, or still may be. `opts_out`: the reason for it.
create or replace function recado.merged_status(
    c recado.conversation, t recado.tried, status text, rank integer, why text, provider_id text, opts_out boolean,
    at timestamptz
) returns recado.conversation language plpgsql volatile as $$
begin
    if recado.is_failure(status) and (t.attempt < t.attempts or recado.other_was_accepted(t)) then
        return c;
    end if;
    if not recado.rose(t, status, rank, why, provider_id) then
        update recado.message m set provider_id = merged_status.provider_id
        where m.workspace = t.workspace and m.id = t.id and m.provider_id is null
            and merged_status.provider_id is not null;
    elsif recado.is_failure(status) then
        c := recado.note(
            c, 'send_failed', jsonb_build_object('message', t.id, 'why', coalesce(nullif(why, ''), status)), at
        );
        c := recado.failed_queued(c, 'an earlier part of this reply failed', t.reply, null, at);
        -- Whose words somebody waits for: a person must know when they do not arrive.
        if t.author in ('assistant', 'operator') and not opts_out then
            c.needs_human := true;
        end if;
    end if;
    return c;
end $$;

-- What the provider says about its copy of an attempt. Raises Conflict if the copy is another message's.
create or replace function recado.merged(
    c recado.conversation, t recado.tried, provider_id text, status text, rank integer, why text, opts_out boolean,
    at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    is_news boolean;
    is_acceptance boolean;
begin
    if t.copy is distinct from provider_id then
        t := recado.maker(t, provider_id);
    end if;
    is_news := t.copy is null;
    is_acceptance := not recado.is_failure(status) and not t.accepted;
    if is_news or is_acceptance then
        update recado.attempt a
        set provider_id = coalesce(a.provider_id, merged.provider_id), accepted = a.accepted or is_acceptance
        where a.workspace = t.workspace and a.message = t.id and a.number = t.attempt;
    end if;
    if is_acceptance and recado.other_was_accepted(t) then
        c := recado.note(c, 'send_repeated', jsonb_build_object('message', t.id), at);
        insert into recado.counter as n (name, value) values ('duplicate_send_detected', 1)
        on conflict (name) do update set value = n.value + 1;
    end if;
    c := recado.merged_status(c, t, status, rank, why, provider_id, opts_out, at);
    if is_news then
        c := recado.with_earlier_reports(c, t, provider_id, at);
    end if;
    return c;
end $$;

-- Reports that overtook the answer to our own request, and did not say whose they are.
create or replace function recado.with_earlier_reports(
    c recado.conversation, t recado.tried, provider_id text, at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    report recado.event;
begin
    for report in
        select e.* from recado.event e
        where e.workspace = c.workspace and e.line = c.line and e.provider_id = with_earlier_reports.provider_id
            and e.status <> '' and e.message is null
    loop
        update recado.event e set conversation = c.id, message = t.id
        where e.workspace = report.workspace and e.line = report.line and e.provider_id = report.provider_id
            and e.status = report.status;
        c := recado.merged(
            c, recado.maker(t, provider_id), provider_id, report.status, report.rank, report.why, report.opts_out, at
        );
        if report.opts_out then
            c := recado.opted_out(c, t.to_medium, t.to_kind, t.to_address, 'provider', at);
        end if;
    end loop;
    return c;
end $$;

select recado.settle_rights();
