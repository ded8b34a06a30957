-- The books: what model calls took, or are about to take at most, by turn, and what each day has spent in sum.

-- One call as the books have it.
create or replace function recado.call_row(t recado.turn, called jsonb, reserved boolean, at timestamptz)
    returns recado.model_call language plpgsql stable as $$
declare
    k recado.model_call;
begin
    k.workspace := t.workspace;
    k.turn := t.id;
    k.id := called ->> 'id';
    k.model := called ->> 'model';
    k.day := (called ->> 'day')::date;
    k.input := (called #>> '{usage,input}')::bigint;
    k.output := (called #>> '{usage,output}')::bigint;
    k.cached := (called #>> '{usage,cached}')::bigint;
    k.cost := (called #>> '{usage,cost}')::bigint;
    k.reserved := call_row.reserved;
    k.recorded_at := at;
    return k;
end $$;

-- Whether it is new.
create or replace function recado.is_entered(k recado.model_call) returns boolean
    language plpgsql volatile as $$
begin
    k.number := (
        select 1 + count(*) from recado.model_call s where s.workspace = k.workspace and s.turn = k.turn
    );
    insert into recado.model_call select (k).* on conflict do nothing;
    return found;
end $$;

-- What it adds to the sums of its day; -1 times takes it out.
create or replace function recado.sum_of(c recado.conversation, k recado.model_call, times integer)
    returns recado.spent language sql immutable as $$
    select row(
        c.workspace, c.contact, k.day, c.id, k.model, times, times * k.input, times * k.output, times * k.cached,
        times * k.cost
    )::recado.spent
$$;

-- What calls really took, each once, in the place of its reservation if it has one. Neither the turn is saved yet, nor
-- `sums` added up: one operation adds up once, so that all lock the rows of sums in the same order.
create or replace function recado.record_calls(
    inout t recado.turn, out sums recado.spent[], c recado.conversation, calls jsonb, at timestamptz
) language plpgsql volatile as $$
declare
    called jsonb;
    k recado.model_call;
    reservation recado.model_call;
begin
    sums := '{}';
    for called in select * from jsonb_array_elements(calls) loop
        k := recado.call_row(t, called, false, at);
        if not recado.is_entered(k) then
            select s.* into reservation from recado.model_call s
            where s.workspace = k.workspace and s.turn = k.turn and s.id = k.id;
            continue when not reservation.reserved;
            update recado.model_call s set
                model = k.model, day = k.day, input = k.input, output = k.output, cached = k.cached, cost = k.cost,
                reserved = false, recorded_at = k.recorded_at
            where s.workspace = k.workspace and s.turn = k.turn and s.id = k.id;
            sums := sums || recado.sum_of(c, reservation, -1);
        end if;
        sums := sums || recado.sum_of(c, k, 1);
        t.input := t.input + k.input;
        t.output := t.output + k.output;
        t.cached := t.cached + k.cached;
        t.cost := t.cost + k.cost;
        t.model := k.model;
    end loop;
end $$;

-- The whole workspace's sums lie in a few rows, so that its turns seldom wait for each other: which of them this
-- conversation adds to.
create or replace function recado.share_of(c recado.conversation) returns text
    language sql immutable as $$ select 'share ' || to_char(abs(hashtext(c.id) % 16), 'FM00') $$;

create or replace function recado.add_up(c recado.conversation, sums recado.spent[]) returns void
    language plpgsql volatile as $$
begin
    if cardinality(sums) = 0 then
        return;
    end if;
    insert into recado.spent as s (
        workspace, contact, day, conversation, model, calls, input, output, cached, cost
    )
    select
        c.workspace, whose.contact, u.day, whose.conversation, u.model, sum(u.calls), sum(u.input), sum(u.output),
        sum(u.cached), sum(u.cost)
    from unnest(sums) u
    cross join (values (c.contact, c.id), ('', recado.share_of(c))) as whose (contact, conversation)
    group by whose.contact, u.day, whose.conversation, u.model
    order by whose.contact, u.day, whose.conversation, u.model
    on conflict on constraint spent_pkey do update set
        calls = s.calls + excluded.calls, input = s.input + excluded.input, output = s.output + excluded.output,
        cached = s.cached + excluded.cached, cost = s.cost + excluded.cost;
end $$;

-- For operations that only record.
create or replace function recado.recorded(c recado.conversation, t recado.turn, calls jsonb, at timestamptz)
    returns recado.turn language plpgsql volatile as $$
declare
    r record;
begin
    if jsonb_array_length(calls) > 0 then
        r := recado.record_calls(t, c, calls, at);
        t := r.t;
        perform recado.add_up(c, r.sums);
    end if;
    return t;
end $$;


create or replace function recado.is_capped(cap jsonb) returns boolean
    language sql immutable as $$ select coalesce(cap ->> 'tokens', cap ->> 'cost') is not null $$;

-- Of this contact, or the whole workspace's if empty: what is spent that day, with what this operation adds, and the
-- call.
create or replace function recado.goes_over(
    workspace_ text, contact text, k recado.model_call, cap jsonb, sums recado.spent[]
) returns boolean language plpgsql stable as $$
declare
    spent record;
begin
    select coalesce(sum(s.input + s.output), 0) as tokens, coalesce(sum(s.cost), 0) as cost into spent
    from (
        select s.input, s.output, s.cost from recado.spent s
        where s.workspace = workspace_ and s.contact = goes_over.contact and s.day = k.day
        union all
        select u.input, u.output, u.cost from unnest(sums) u where u.day = k.day
    ) s;
    return coalesce(spent.tokens + k.input + k.output > (cap ->> 'tokens')::bigint, false)
        or coalesce(spent.cost + k.cost > (cap ->> 'cost')::bigint, false);
end $$;

-- Reservations under one cap are made one after the other, so that those at once stay under it together. The
-- workspace's lock comes first, and both before any row of sums.
create or replace function recado.lock_caps(c recado.conversation, caps jsonb, day text) returns void
    language plpgsql volatile as $$
begin
    if recado.is_capped(caps -> 'workspace') then
        perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'cap', c.workspace, day), 0));
    end if;
    if recado.is_capped(caps -> 'contact') then
        perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'cap', c.workspace, day, c.contact), 0));
    end if;
end $$;

create or replace function public.recado_reserve_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    caps jsonb := args -> 'caps';
    lease record := recado.lease_of(workspace, args);
    c recado.conversation := lease.c;
    at timestamptz;
    k recado.model_call;
    exhausted text;
    sums recado.spent[];
    r record;
begin
    if not lease.is_held then
        return jsonb_build_object('is', 'stale');
    end if;
    perform recado.lock_caps(c, caps, args #>> '{call,day}');
    at := recado.instant();
    r := recado.record_calls(lease.t, c, args -> 'calls', at);
    perform recado.save_turn(r.t);
    sums := r.sums;
    k := recado.call_row(lease.t, args -> 'call', true, at);
    if not exists (
        select from recado.model_call s where s.workspace = k.workspace and s.turn = k.turn and s.id = k.id
    ) then
        exhausted := case
            when recado.is_capped(caps -> 'contact')
                and recado.goes_over(c.workspace, c.contact, k, caps -> 'contact', sums) then 'contact'
            when recado.is_capped(caps -> 'workspace')
                and recado.goes_over(c.workspace, '', k, caps -> 'workspace', sums) then 'workspace'
        end;
        if exhausted is null and recado.is_entered(k) then
            sums := sums || recado.sum_of(c, k, 1);
        end if;
    end if;
    perform recado.add_up(c, sums);
    if exhausted is null then
        return jsonb_build_object('is', 'reserved');
    end if;
    return jsonb_build_object('is', 'exhausted', 'whose', exhausted, 'told', exists (
        select from recado.cap_told s where s.workspace = c.workspace and s.contact = c.contact and s.day = k.day
    ));
end $$;

-- An answer that says that a cap is reached: the person knows, and somebody must look at it.
create or replace function recado.told_of_cap(c recado.conversation, day date) returns recado.conversation
    language plpgsql volatile as $$
begin
    insert into recado.cap_told (workspace, contact, day) values (c.workspace, c.contact, told_of_cap.day)
    on conflict do nothing;
    c.needs_human := true;
    return c;
end $$;

select recado.settle_rights();
