-- Moves by people: one change under the lock of the conversation, answered the same however often it is asked for. What
-- is legal, and what follows, comes with the change.

create or replace function recado.check_move(c recado.conversation, args jsonb) returns void
    language plpgsql stable as $$
declare
    seen integer := (args ->> 'seen')::integer;
begin
    if seen is not null and not (args ->> 'override')::boolean and exists (
        select from recado.message m
        where m.workspace = c.workspace and m.conversation = c.id and m.number > seen
            and (m.direction = 'inbound' or m.author = 'operator' and m.written_by <> args ->> 'by')
    ) then
        raise exception using errcode = 'RC409', message = 'somebody wrote since you looked';
    end if;
    if not args -> 'legal' @> jsonb_build_array(jsonb_build_array(c.state, c.handler)) then
        raise exception using errcode = 'RC409', message = format(
            '%s is not possible: it is %s, with the %s', args ->> 'move', c.state, c.handler
        );
    end if;
end $$;

create or replace function recado.moved(c recado.conversation, args jsonb, at timestamptz)
    returns recado.conversation language plpgsql volatile as $$
begin
    c := recado.note(c, 'moved', jsonb_build_object('move', args ->> 'move', 'by', args ->> 'by'), at);
    if args ->> 'state' = 'open' then
        c := recado.reopened(c, at);
    end if;
    c.state := coalesce(args ->> 'state', c.state);
    c.handler := coalesce(args ->> 'handler', c.handler);
    c.needs_human := coalesce((args ->> 'needs_human')::boolean, c.needs_human);
    if (args ->> 'hold_queued')::boolean then
        perform recado.hold_queued(c, 'taken over', null, 'assistant');
    end if;
    if (args ->> 'answer_up_to_seen')::boolean then
        perform recado.mark_up_to(c, coalesce((args ->> 'seen')::integer, c.number), 'answered', null);
    end if;
    if args ->> 'ignore_pending' is not null then
        c := recado.ignored_all(c, args ->> 'ignore_pending', at);
    end if;
    if (args ->> 'hurry')::boolean then
        c := recado.hurried(c, at);
    end if;
    return c;
end $$;

create or replace function recado.written(
    inout c recado.conversation, out messages text[], args jsonb, at timestamptz
) language plpgsql volatile as $$
declare
    reply text := recado.new_id(at);
    correlation text := recado.correlation(c);
    body text;
    r record;
begin
    messages := '{}';
    for body in select * from jsonb_array_elements_text(args -> 'texts') loop
        r := recado.write_out(c, body, args ->> 'author', reply, correlation, null, null, args ->> 'by', at);
        c := r.c;
        messages := messages || r.message;
    end loop;
    if c.opted_out and cardinality(messages) > 0 then
        c := recado.failed_queued(c, 'opted out', null, null, at);
    end if;
end $$;

create or replace function public.recado_desk_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    c recado.conversation := recado.locked(workspace, args ->> 'conversation');
    at timestamptz := recado.instant();
    before recado.desk_move;
    answer jsonb;
    r record;
begin
    if c.id is null then
        raise exception using errcode = 'RC400', message = 'there is no such conversation';
    end if;
    select d.* into before from recado.desk_move d
    where d.workspace = c.workspace and d.conversation = c.id and d.key = args ->> 'key';
    if found and before.fingerprint <> args ->> 'fingerprint' then
        raise exception using errcode = 'RC422',
            message = 'this key was used for something else: give each thing that is asked a key of its own';
    elsif found then
        return before.answer;
    end if;
    perform recado.check_move(c, args);
    c := recado.moved(c, args, at);
    r := recado.written(c, args, at);
    c := recado.without_moot_turn(r.c, at);
    c := recado.saved(c);
    answer := jsonb_build_object(
        'conversation', to_jsonb(c), 'messages', to_jsonb(r.messages), 'sendable', recado.is_sendable(c, at)
    );
    insert into recado.desk_move (workspace, conversation, key, fingerprint, answer, recorded_at)
    values (c.workspace, c.id, args ->> 'key', args ->> 'fingerprint', answer, at);
    return answer;
end $$;

select recado.settle_rights();
