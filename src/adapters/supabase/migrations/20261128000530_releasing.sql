-- Leases that end without an answer: handed back, to be tried again, or given up.

create or replace function recado.died(
    inout c recado.conversation, inout t recado.turn, how jsonb, at timestamptz
) language plpgsql volatile as $$
declare
    why text := how ->> 'why';
    apology text := how ->> 'apology';
    is_waiting boolean := recado.is_unanswered_up_to(c, t.read_to);
    r record;
begin
    if not recado.assistant_may_act(c) or not is_waiting then
        r := recado.close_turn(c, t, 'dropped', why, at);
        c := r.c;
        t := r.t;
        return;
    end if;
    r := recado.close_turn(c, t, 'dead', why, at);
    c := r.c;
    t := r.t;
    perform recado.mark_up_to(c, t.read_to, 'dead', why);
    c.needs_human := true;
    if apology is not null
        and (c.apology_at is null or c.apology_at <= at - recado.span((how ->> 'apology_every')::bigint))
    then
        r := recado.write_out(c, apology, 'system', t.id, t.correlation, null, t.id, null, at);
        c := r.c;
        c.apology_at := at;
    end if;
end $$;

create or replace function recado.release_told(c recado.conversation, at timestamptz) returns jsonb
    language plpgsql stable as $$
begin
    return jsonb_build_object(
        'is', 'released', 'due_after', recado.after(c.due_at, at), 'sendable', recado.wants_sending(c, at)
    );
end $$;

create or replace function public.recado_release_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    how jsonb := args -> 'how';
    lease record := recado.lease_of(workspace, args);
    at timestamptz := recado.instant();
    c recado.conversation := lease.c;
    t recado.turn := lease.t;
    r record;
begin
    if lease.ended_by = 'release' then
        return recado.release_told(c, at);
    elsif not lease.is_held then
        return jsonb_build_object('is', 'stale');
    end if;
    t := recado.recorded(c, t, args -> 'calls', at);
    case how ->> 'is'
        when 'handed_back' then
            t.state := 'retry';
            c := recado.hurried(c, at);
        when 'retry' then
            t.state := 'retry';
            t.why := how ->> 'why';
            t.attempts := t.attempts + 1;
            c.retry_at := at + recado.span((how ->> 'after')::bigint);
            c := recado.note(c, 'turn_retried', jsonb_build_object('turn', t.id, 'why', t.why), at);
        when 'die' then
            r := recado.died(c, t, how, at);
            c := r.c;
            t := r.t;
    end case;
    t.ended_epoch := c.epoch;
    t.ended_by := 'release';
    perform recado.save_turn(t);
    c := recado.without_lease(c);
    c := recado.without_moot_turn(c, at);
    c := recado.saved(c);
    return recado.release_told(c, at);
end $$;

select recado.settle_rights();
