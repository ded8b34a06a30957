-- Plain reads, each one query. Whatever is listed goes by a cursor; a caller asks for one more than a page has, and so
-- knows whether there is another.

-- A message as it is shown: without what only the lane needs.
create or replace function recado.message_told(m recado.message) returns jsonb
    language sql stable as $$
    select jsonb_build_object(
        'id', m.id,
        'number', m.number,
        'direction', m.direction,
        'author', m.author,
        'content', m.content,
        'status', m.status,
        'why', m.why,
        'provider_id', m.provider_id,
        'provider_time', m.provider_time,
        'recorded_at', m.recorded_at,
        'episode', m.episode,
        'turn', m.turn,
        'attempts', m.attempts
    )
$$;

-- A turn with its journal and its calls.
create or replace function recado.turn_told(t recado.turn) returns jsonb
    language sql stable as $$
    select to_jsonb(t) || jsonb_build_object(
        'journal', array(
            select jsonb_build_object(
                'number', s.number, 'kind', s.kind, 'entry', s.entry, 'recorded_at', s.recorded_at
            )
            from recado.step s where s.workspace = t.workspace and s.turn = t.id order by s.number, s.kind
        ),
        'calls', array(
            select jsonb_build_object(
                'id', m.id, 'model', m.model, 'day', m.day, 'input', m.input, 'output', m.output, 'cached', m.cached,
                'cost', m.cost
            )
            from recado.model_call m where m.workspace = t.workspace and m.turn = t.id order by m.number
        )
    )
$$;


create or replace function public.recado_conversation_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(c) from recado.conversation c where c.workspace = $1 and c.id = args ->> 'conversation'
$$;

-- `needs_human`: only these, or only the others; null for all.
create or replace function public.recado_conversations_v1(workspace text, args jsonb) returns jsonb
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    before_at timestamptz := args ->> 'before_at';
    before_id text := args ->> 'before_id';
    wanted boolean := args ->> 'needs_human';
    most integer := args ->> 'limit';
begin
    if wanted then -- in words that find the index
        return to_jsonb(array(
            select to_jsonb(c) from recado.conversation c
            where c.workspace = $1 and (c.last_message_at, c.id) < (before_at, before_id) and c.needs_human
            order by c.last_message_at desc, c.id desc limit most
        ));
    end if;
    return to_jsonb(array(
        select to_jsonb(c) from recado.conversation c
        where c.workspace = $1 and (c.last_message_at, c.id) < (before_at, before_id)
            and (wanted is null or not c.needs_human)
        order by c.last_message_at desc, c.id desc limit most
    ));
end $$;

create or replace function public.recado_messages_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(array(
        select recado.message_told(m) from recado.message m
        where m.workspace = $1 and m.conversation = args ->> 'conversation' and m.number > (args ->> 'after')::bigint
        order by m.number limit (args ->> 'limit')::integer
    ))
$$;

create or replace function public.recado_facts_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(array(
        select jsonb_build_object('number', f.number, 'at', f.at, 'kind', f.kind, 'details', f.details)
        from recado.fact f
        where f.workspace = $1 and f.conversation = args ->> 'conversation' and f.number > (args ->> 'after')::bigint
        order by f.number limit (args ->> 'limit')::integer
    ))
$$;

-- Of one conversation, the newest first; `before`: those that are older than this one.
create or replace function public.recado_turns_v1(workspace text, args jsonb) returns jsonb
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    opened_before bigint := 9223372036854775807;
begin
    if args ->> 'before' is not null then
        select t.opened_in into opened_before from recado.turn t
        where t.workspace = $1 and t.id = args ->> 'before' and t.conversation = args ->> 'conversation';
        if not found then
            raise exception using errcode = 'RC400', message = 'there is no such turn in this conversation';
        end if;
    end if;
    return to_jsonb(array(
        select recado.turn_told(t) from recado.turn t
        where t.workspace = $1 and t.conversation = args ->> 'conversation' and t.opened_in < opened_before
        order by t.opened_in desc limit (args ->> 'limit')::integer
    ));
end $$;

-- Of all conversations, the last opened first: the id of a turn is in the order in which they were opened.
create or replace function public.recado_turns_of_v1(workspace text, args jsonb) returns jsonb
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    before text := args ->> 'before';
    wanted text := args ->> 'state';
    most integer := args ->> 'limit';
begin
    if wanted <> 'committed' then -- in words that find the index
        return to_jsonb(array(
            select recado.turn_told(t) from recado.turn t
            where t.workspace = $1 and t.id < before and t.state = wanted and t.state <> 'committed'
            order by t.id desc limit most
        ));
    end if;
    return to_jsonb(array(
        select recado.turn_told(t) from recado.turn t
        where t.workspace = $1 and t.id < before and (wanted is null or t.state = 'committed')
        order by t.id desc limit most
    ));
end $$;

-- By everybody; by a person; in one of a person's conversations.
create or replace function public.recado_spending_v1(workspace text, args jsonb) returns jsonb
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    since date := args ->> 'since';
    until date := args ->> 'until';
    of_conversation text := args ->> 'conversation';
    of_contact text := args ->> 'contact';
begin
    if of_contact is null and of_conversation is not null then
        select c.contact into of_contact from recado.conversation c where c.workspace = $1 and c.id = of_conversation;
        if not found then
            return '[]';
        end if;
    end if;
    if of_contact = '' then -- which is nobody: it stands for the whole workspace
        return '[]';
    end if;
    return to_jsonb(array(
        select jsonb_build_object(
            'day', s.day, 'model', s.model, 'calls', sum(s.calls), 'input', sum(s.input), 'output', sum(s.output),
            'cached', sum(s.cached), 'cost', sum(s.cost)
        )
        from recado.spent s
        where s.workspace = $1 and s.contact = coalesce(of_contact, '') and s.day between since and until
            and (of_conversation is null or s.conversation = of_conversation) and s.calls > 0
        group by s.day, s.model order by s.day, s.model collate "C"
    ));
end $$;

create or replace function public.recado_contact_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(c) from recado.contact c where c.workspace = $1 and c.id = args ->> 'contact'
$$;

create or replace function public.recado_contacts_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(array(
        select to_jsonb(c) from recado.contact c where c.workspace = $1 and c.id > args ->> 'after'
        order by c.id limit (args ->> 'limit')::integer
    ))
$$;

create or replace function public.recado_addresses_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(array(
        select to_jsonb(a) from recado.contact_address a where a.workspace = $1 and a.contact = args ->> 'contact'
        order by a.number
    ))
$$;

-- Of the whole installation. Each is in the words of an index that holds nothing finished.
create or replace function public.recado_counts_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select jsonb_build_object(
        'pending', (select count(*) from recado.message m where m.status = 'pending'),
        'dead', (select count(*) from recado.message m where m.status = 'dead'),
        'uncertain', (
            select count(*) from recado.message m
            where m.status in ('queued', 'sending', 'uncertain') and m.status = 'uncertain'
        ),
        'queued', (
            select count(*) from recado.message m
            where m.status in ('queued', 'sending', 'uncertain') and m.status = 'queued'
        ),
        'duplicate_send_detected', coalesce(
            (select c.value from recado.counter c where c.name = 'duplicate_send_detected'), 0
        )
    )
$$;

select recado.settle_rights();
