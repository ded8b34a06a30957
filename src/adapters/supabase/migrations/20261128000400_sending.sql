-- Sending: begin a send, and settle it.

create or replace function public.recado_begin_send_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    c recado.conversation := recado.locked(workspace, args ->> 'conversation');
    at timestamptz := recado.instant();
    r record;
begin
    if c.id is null then
        return jsonb_build_object('is', 'nothing');
    end if;
    r := recado.advance(c, 'begin ' || (args ->> 'by'), recado.span((args ->> 'send_within')::bigint), null, at);
    perform recado.saved(r.c);
    if r.send is not null then
        return jsonb_build_object('is', 'send', 'send', r.send);
    elsif (r.waiting).status = 'queued' then
        return jsonb_build_object('is', 'later', 'after', recado.after((r.waiting).care_at, at));
    end if;
    return jsonb_build_object('is', 'nothing');
end $$;


-- It is not sent until a person says so, and what follows it in its reply neither.
create or replace function recado.hold(c recado.conversation, t recado.tried, why text) returns void
    language plpgsql volatile as $$
begin
    update recado.message m set status = 'held', why = hold.why, care_at = null, holder = null
    where m.workspace = t.workspace and m.id = t.id;
    perform recado.hold_queued(c, 'an earlier part of this reply is held', t.reply, null);
end $$;

-- It goes out later, unless the assistant wrote it and a human has the conversation now.
create or replace function recado.queue_again(
    c recado.conversation, t recado.tried, why text, resend boolean, care_at timestamptz
) returns void language plpgsql volatile as $$
begin
    if c.handler = 'human' and t.author = 'assistant' then
        perform recado.hold(c, t, 'a colleague has taken over');
        return;
    end if;
    update recado.message m
    set status = 'queued', why = queue_again.why, care_at = queue_again.care_at, resends = m.resends + resend::integer,
        holder = null
    where m.workspace = t.workspace and m.id = t.id;
end $$;

-- Nobody knows whether it was accepted: the provider is asked at `look_at`.
create or replace function recado.doubted(
    c recado.conversation, message text, why text, since timestamptz, look_at timestamptz, at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    m recado.message;
begin
    select s.* into m from recado.message s where s.workspace = c.workspace and s.id = doubted.message;
    if m.status = 'sending' then
        c := recado.note(
            c, 'send_uncertain', jsonb_build_object('message', m.id, 'attempt', m.attempts::text), at
        );
    end if;
    update recado.message s
    set status = 'uncertain', why = doubted.why, care_at = look_at, uncertain_at = coalesce(s.uncertain_at, since),
        holder = null
    where s.workspace = m.workspace and s.id = m.id;
    return c;
end $$;

-- Store an outcome. One that is not certain changes nothing in a row that a report has settled meanwhile.
create or replace function recado.applied(
    c recado.conversation, t recado.tried, outcome jsonb, at timestamptz
) returns recado.conversation language plpgsql volatile as $$
declare
    kind text := outcome ->> 'is';
    why text := outcome ->> 'why';
    rank integer := (outcome ->> 'rank')::integer;
    opts_out boolean := coalesce((outcome -> 'opts_out')::boolean, false);
begin
    if kind = 'accepted' then
        return recado.merged(c, t, outcome ->> 'provider_id', outcome ->> 'status', rank, null, false, at);
    elsif kind = 'failed' then
        c := recado.merged_status(c, t, 'failed', rank, why, null, opts_out, at);
        if opts_out then
            c := recado.opted_out(c, t.to_medium, t.to_kind, t.to_address, 'provider', at);
        end if;
    elsif t.status not in ('sending', 'uncertain') then
        return c;
    elsif kind = 'retry' then
        perform recado.queue_again(
            c, t, why, (outcome -> 'resend')::boolean, at + recado.span((outcome ->> 'after')::bigint)
        );
    elsif kind = 'held' then
        perform recado.hold(c, t, why);
        c.needs_human := true;
    elsif kind = 'uncertain' then
        c := recado.doubted(c, t.id, why, at, at + recado.span((outcome ->> 'look_after')::bigint), at);
    end if;
    return c;
end $$;

create or replace function public.recado_settle_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    outcome jsonb := args -> 'outcome';
    token text := args ->> 'by';
    holder text := concat_ws(' ', 'settle', args ->> 'message', args ->> 'attempt', token);
    c recado.conversation;
    at timestamptz;
    t recado.tried;
    r record;
    wait bigint;
begin
    if outcome ->> 'is' = 'accepted' then
        -- Before the conversation: see `recado.prepared`. A report of this copy is either seen, or sees this.
        perform recado.lock_names(array[recado.name_of_copy(workspace, outcome ->> 'provider_id')]);
    end if;
    c := recado.locked(workspace, args ->> 'conversation');
    at := recado.instant();
    select f.* into t from recado.tried f
    where f.workspace = c.workspace and f.id = args ->> 'message' and f.attempt = (args ->> 'attempt')::integer
        and f.conversation = c.id;
    if t.id is null then
        return jsonb_build_object('is', 'stale');
    end if;
    select s.after into wait from recado.settlement s
    where s.workspace = t.workspace and s.message = t.id and s.attempt = t.attempt and s.call = token;
    if found then
        return jsonb_build_object('is', 'settled', 'send', recado.resumed(c, holder), 'after', wait);
    end if;
    if t.attempt <> t.attempts and outcome ->> 'is' <> 'accepted' then
        return jsonb_build_object('is', 'stale');
    end if;
    c := recado.applied(c, t, outcome, at);
    r := recado.advance(c, holder, recado.span((args ->> 'send_within')::bigint), null, at);
    perform recado.saved(r.c);
    wait := case when (r.waiting).status in ('queued', 'uncertain') then recado.after((r.waiting).care_at, at) end;
    insert into recado.settlement (workspace, message, attempt, call, after)
    values (t.workspace, t.id, t.attempt, token, wait);
    return jsonb_build_object('is', 'settled', 'send', r.send, 'after', wait);
end $$;

select recado.settle_rights();
