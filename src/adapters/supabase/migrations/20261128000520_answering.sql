-- What a running turn writes: its steps, its news, and its end.

create or replace function public.recado_journal_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    step integer := (args ->> 'step')::integer;
    acts boolean := (args ->> 'acts')::boolean;
    lease record := recado.lease_of(workspace, args);
    at timestamptz := recado.instant();
    c recado.conversation := lease.c;
    t recado.turn := lease.t;
    is_known boolean;
    refused boolean;
    r record;
begin
    if not lease.is_held then
        return jsonb_build_object('is', 'stale');
    end if;
    is_known := exists (
        select from recado.step s
        where s.workspace = t.workspace and s.turn = t.id and s.number = step and s.kind = args ->> 'kind'
    );
    refused := not is_known and acts and not recado.assistant_may_act(c);
    -- Whatever becomes of the answer, it is paid for.
    t := recado.recorded(c, t, args -> 'calls', at);
    if not is_known and not refused then
        insert into recado.step (workspace, turn, number, kind, entry, recorded_at)
        values (t.workspace, t.id, step, args ->> 'kind', args -> 'entry', at);
        t.acts := t.acts or acts;
        t.steps := greatest(t.steps, step + 1);
    end if;
    perform recado.save_turn(t);
    r := recado.unanswered(c);
    return jsonb_build_object(
        'is', 'news',
        'newest_pending', r.newest,
        'handler', c.handler,
        'opted_out', c.opted_out,
        'closed', c.state = 'closed',
        'refused', refused
    );
end $$;

create or replace function recado.supersede_told(c recado.conversation, t recado.turn, history integer) returns jsonb
    language plpgsql stable as $$
begin
    return jsonb_build_object(
        'is', 'superseded',
        'read_to', t.read_to,
        'steps', t.steps,
        'messages', recado.prompt_messages(c, t.read_to, history)
    );
end $$;

-- News, and superseding is allowed.
create or replace function recado.may_read_on(t recado.turn, newest integer, at_most integer) returns boolean
    language sql immutable as $$ select newest > t.read_to and not t.acts and t.supersedes < at_most $$;

-- The turn reads on, and its draft does not count any more. Saved.
create or replace function recado.superseded(
    inout c recado.conversation, inout t recado.turn, read_to integer, at timestamptz
) language plpgsql volatile as $$
begin
    t.read_to := superseded.read_to;
    t.draft_from := t.steps;
    t.supersedes := t.supersedes + 1;
    perform recado.save_turn(t);
    c := recado.note(c, 'turn_superseded', jsonb_build_object('turn', t.id), at);
    c := recado.saved(c);
end $$;

create or replace function public.recado_supersede_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    history integer := (args ->> 'history')::integer;
    lease record := recado.lease_of(workspace, args);
    at timestamptz := recado.instant();
    c recado.conversation := lease.c;
    t recado.turn := lease.t;
    r record;
begin
    if not lease.is_held then
        return jsonb_build_object('is', 'stale');
    elsif t.read_to > (args ->> 'read_to')::integer then
        return recado.supersede_told(c, t, history);
    end if;
    r := recado.unanswered(c);
    if not recado.may_read_on(t, r.newest, (args ->> 'at_most')::integer) then
        return jsonb_build_object('is', 'refused');
    end if;
    r := recado.superseded(c, t, r.newest, at);
    return recado.supersede_told(r.c, r.t, history);
end $$;


create or replace function recado.commit_told(c recado.conversation, state text, send jsonb, at timestamptz)
    returns jsonb language plpgsql stable as $$
begin
    return jsonb_build_object('is', state, 'send', send, 'due_after', recado.after(c.due_at, at));
end $$;

-- The messages are answered, and the conversation stands as the answer leaves it.
create or replace function recado.answered(c recado.conversation, t recado.turn, args jsonb)
    returns recado.conversation language plpgsql volatile as $$
declare
    fact jsonb;
    r record;
begin
    perform recado.mark_up_to(c, t.read_to, 'answered', null);
    if (args ->> 'asked')::boolean then
        r := recado.unanswered(c);
        if r.newest = 0 then
            c.state := 'waiting';
        end if;
    end if;
    for fact in select * from jsonb_array_elements(args -> 'facts') loop
        if fact ->> 'kind' = 'handed_over' then
            c.handler := 'human';
            c.needs_human := true;
        elsif fact ->> 'kind' = 'cap_reached' then
            c := recado.told_of_cap(c, (fact #>> '{details,day}')::date);
        end if;
    end loop;
    return c;
end $$;

create or replace function recado.ended(
    c recado.conversation, t recado.turn, state text, args jsonb, at timestamptz
) returns jsonb language plpgsql volatile as $$
declare
    why_held text := case when state <> 'committed' then 'written while a human had it, or after it was closed' end;
    one jsonb;
    send jsonb;
    r record;
begin
    t.ended_epoch := c.epoch;
    t.ended_by := 'commit';
    r := recado.close_turn(c, t, state, null, at);
    c := r.c;
    t := r.t;
    perform recado.save_turn(t);
    if state <> 'dropped' then
        for one in select * from jsonb_array_elements(args -> 'replies') loop
            r := recado.write_out(c, one #>> '{}', 'assistant', t.id, t.correlation, why_held, t.id, null, at);
            c := r.c;
        end loop;
    end if;
    for one in select * from jsonb_array_elements(args -> 'facts') loop
        if one ->> 'kind' <> 'handed_over' or state = 'committed' then
            c := recado.note(c, one ->> 'kind', one -> 'details', at);
        end if;
    end loop;
    if state = 'committed' then
        c := recado.answered(c, t, args);
        r := recado.advance(c, 'commit ' || t.id, recado.span((args ->> 'send_within')::bigint), t.id, at);
        c := r.c;
        send := r.send;
    end if;
    c := recado.saved(c);
    return recado.commit_told(c, state, send, at);
end $$;

create or replace function public.recado_commit_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    history integer := (args ->> 'history')::integer;
    lease record := recado.lease_of(workspace, args);
    at timestamptz := recado.instant();
    c recado.conversation := lease.c;
    t recado.turn := lease.t;
    state text;
    waiting record;
    r record;
begin
    if lease.ended_by = 'commit' then
        return recado.commit_told(c, t.state, recado.resumed(c, 'commit ' || t.id), at);
    elsif not lease.is_held then
        return jsonb_build_object('is', 'stale');
    end if;
    t := recado.recorded(c, t, args -> 'calls', at);
    if t.read_to > (args ->> 'read_to')::integer then
        perform recado.save_turn(t);
        return recado.supersede_told(c, t, history);
    end if;
    waiting := recado.unanswered(c);
    if c.opted_out then
        state := 'dropped';
    elsif not recado.assistant_may_act(c) then
        state := 'suggested';
    elsif waiting.first not between 1 and t.read_to then
        state := 'dropped';
    elsif recado.may_read_on(t, waiting.newest, (args ->> 'supersede_at_most')::integer) then
        r := recado.superseded(c, t, waiting.newest, at);
        return recado.supersede_told(r.c, r.t, history);
    else
        state := 'committed';
    end if;
    return recado.ended(c, t, state, args, at);
end $$;

select recado.settle_rights();
