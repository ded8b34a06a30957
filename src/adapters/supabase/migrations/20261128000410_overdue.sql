-- Care for the sends that nobody settled, and for those whose time has come, by sweeps that never wait for anybody.

-- Raises if the application cannot read it, because we did not write what is in it. `readable`: the media, and the
-- kinds of address, that it knows.
create or replace function recado.must_be_readable(send jsonb, readable jsonb) returns void
    language plpgsql immutable as $$
begin
    if not coalesce(
        readable -> 'media' @> (send -> 'to_medium') and readable -> 'kinds' @> (send -> 'to_kind')
            and readable -> 'media' @> (send -> 'line' -> 'medium')
            and readable -> 'kinds' @> (send -> 'line' -> 'kind')
            and jsonb_typeof(send -> 'text') = 'string' and jsonb_typeof(send -> 'to_address') = 'string'
            and jsonb_typeof(send -> 'correlation') = 'string' and jsonb_typeof(send -> 'begun_at') = 'string',
        false
    ) then
        raise exception using errcode = 'data_exception', message = 'a row that the application cannot read';
    end if;
end $$;

-- A row in flight as a sweep hands it out: to be sent, or to be looked into. `taken`: copies that are other messages';
-- none that a provider shows for an attempt is older than the attempt, and a day allows for any clock.
create or replace function recado.handed(c recado.conversation, m recado.message, readable jsonb, at timestamptz)
    returns jsonb language plpgsql stable as $$
declare
    send jsonb := recado.send_told(c, m);
begin
    perform recado.must_be_readable(send, readable);
    if m.status = 'sending' then
        return jsonb_build_object('is', 'send', 'send', send);
    end if;
    return jsonb_build_object(
        'is', 'look',
        'send', send,
        'uncertain_for', recado.after(at, m.uncertain_at),
        'looks', m.looks - 1,
        'taken', array(
            select a.provider_id from recado.attempt a
            where a.workspace = m.workspace and a.line = c.line and a.to_medium = m.to_medium and a.to_kind = m.to_kind
                and a.to_address = m.to_address and a.begun_at >= m.begun_at - interval '1 day'
                and a.provider_id is not null and a.message <> m.id
        )
    );
end $$;

-- The first row of a lane that wants care, begun or given out for a look; null if there is nothing to send after all.
create or replace function recado.hand_out(
    c recado.conversation, m recado.message, holder text, send_within interval, readable jsonb, at timestamptz
) returns jsonb language plpgsql volatile as $$
declare
    r record;
begin
    if m.status = 'queued' then
        r := recado.advance(c, holder, send_within, null, at);
        perform recado.saved(r.c);
        if r.send is null then
            return null;
        end if;
        perform recado.must_be_readable(r.send, readable);
        return jsonb_build_object('is', 'send', 'send', r.send);
    elsif m.status = 'sending' then
        c := recado.doubted(c, m.id, 'nobody said how it ended', m.care_at, at, at);
        c := recado.saved(c);
    end if;
    update recado.message s set holder = hand_out.holder, care_at = at + send_within, looks = s.looks + 1
    where s.workspace = m.workspace and s.id = m.id
    returning s.* into m;
    return recado.handed(c, m, readable, at);
end $$;

-- It stays as it is, and its lane waits behind it; nobody is given it for a while, and it needs a human.
create or replace function recado.put_off_send(m recado.message, at timestamptz) returns void
    language plpgsql volatile as $$
begin
    update recado.message s set care_at = at + interval '1 hour', holder = null
    where s.workspace = m.workspace and s.id = m.id;
    update recado.conversation c set needs_human = true
    where c.workspace = m.workspace and c.id = m.conversation and not c.needs_human;
end $$;

-- What this call handed out before, and nobody has settled since.
create or replace function recado.handed_before(holder text, at_most integer, readable jsonb, at timestamptz)
    returns jsonb[] language plpgsql volatile as $$
declare
    m recado.message;
    c recado.conversation;
    answers jsonb[] := '{}';
begin
    for m in
        select s.* from recado.message s
        where s.holder = handed_before.holder and s.care_at > at
        order by s.number limit at_most
    loop
        select l.* into c from recado.conversation l where l.workspace = m.workspace and l.id = m.conversation;
        begin
            answers := answers || recado.handed(c, m, readable, at);
        exception when others then
            if recado.is_trouble(sqlstate) then
                raise;
            end if;
            perform recado.put_off_send(m, at);
        end;
    end loop;
    return answers;
end $$;

-- Rows that want care, the longest waiting first: one of each lane, and none of a conversation that somebody has now.
create or replace function public.recado_overdue_sends_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    holder text := 'overdue ' || (args ->> 'by');
    at_most integer := args ->> 'limit';
    send_within interval := recado.span((args ->> 'send_within')::bigint);
    readable jsonb := args -> 'readable';
    at timestamptz;
    candidates refcursor;
    candidate record;
    c recado.conversation;
    m recado.message;
    answers jsonb[];
    handled integer := 0;
begin
    perform recado.lock_names(array[concat_ws(' ', 'recado', holder)]); -- a repeat must not overtake its first
    at := recado.instant();
    answers := recado.handed_before(holder, at_most, readable, at);
    if answers <> '{}' then
        return to_jsonb(answers);
    end if;
    open candidates for
        select w.workspace, w.conversation, w.id from recado.message w
        where w.care_at <= at and w.number = (
            select e.number from recado.message e
            where e.workspace = w.workspace and e.conversation = w.conversation
                and e.status in ('queued', 'sending', 'uncertain')
            order by e.number limit 1
        )
        order by w.care_at, w.number;
    while handled < at_most loop
        fetch candidates into candidate;
        exit when not found;
        select s.* into c from recado.conversation s
        where s.workspace = candidate.workspace and s.id = candidate.conversation
        for no key update skip locked;
        continue when not found;
        -- Whoever had it until now may have taken care of the message.
        select s.* into m from recado.message s
        where s.workspace = candidate.workspace and s.id = candidate.id and s.care_at <= at;
        continue when not found;
        handled := handled + 1;
        begin
            answers := answers || recado.hand_out(c, m, holder, send_within, readable, at);
        exception when others then
            if recado.is_trouble(sqlstate) then
                raise;
            end if;
            perform recado.put_off_send(m, at);
        end;
    end loop;
    close candidates;
    return to_jsonb(array_remove(answers, null));
end $$;

select recado.settle_rights();
