-- Leases: claim a conversation to run its turn, and keep it.

create or replace function recado.open_turn(
    inout c recado.conversation, out t recado.turn, read_to integer, at timestamptz
) language plpgsql volatile as $$
begin
    insert into recado.turn (workspace, id, conversation, opened_in, opened_at, correlation, read_to)
    values (c.workspace, recado.new_id(at), c.id, c.epoch, at, recado.correlation(c), open_turn.read_to)
    returning * into t;
    c.turn := t.id;
end $$;

-- Something in the journal counts.
create or replace function recado.is_drafted(t recado.turn) returns boolean
    language sql immutable as $$ select t.steps > t.draft_from $$;

-- The entries of the journal that still count, in order.
create or replace function recado.draft(t recado.turn) returns json
    language plpgsql stable as $$
begin
    if not recado.is_drafted(t) then
        return '[]';
    end if;
    return array_to_json(array(
        select s from recado.step s where s.workspace = t.workspace and s.turn = t.id and s.number >= t.draft_from
        order by s.number, s.kind
    ));
end $$;

-- What a prompt may show of the episode: all that is pending, and the last of the rest. Only the columns that are read,
-- and as text: a claim is mostly this, and `jsonb` takes twice as long to make and to send.
create or replace function recado.prompt_messages(c recado.conversation, read_to integer, history integer) returns json
    language plpgsql stable as $$
begin
    return array_to_json(array(
        select shown from (
            select
                m.id, m.number, m.direction, m.author, m.content, m.status, m.why, m.provider_id, m.provider_time,
                m.recorded_at, m.episode, m.turn, m.attempts
            from recado.message m
            where m.workspace = c.workspace and m.conversation = c.id and m.status = 'pending'
                and m.number <= prompt_messages.read_to
            union all (
                select
                    m.id, m.number, m.direction, m.author, m.content, m.status, m.why, m.provider_id, m.provider_time,
                    m.recorded_at, m.episode, m.turn, m.attempts
                from recado.message m
                where m.workspace = c.workspace and m.conversation = c.id and m.number >= c.episode_from
                    and case m.direction
                        when 'inbound' then m.number <= prompt_messages.read_to and m.status <> 'pending'
                        else m.status not in ('held', 'failed')
                    end
                order by m.number desc limit prompt_messages.history
            )
        ) shown
        order by shown.number
    ));
end $$;

create or replace function recado.wants_sending(c recado.conversation, at timestamptz) returns boolean
    language plpgsql stable as $$
begin
    return not c.opted_out and recado.is_sendable(c, at);
end $$;

-- A turn and its conversation, as they stand with regard to the lease that an operation names. `is_held`: an expired
-- one is, too, until it is taken over. `ended_by`: the operation that ended it. Null turn: there are none such.
create or replace function recado.lease_of(
    workspace_ text,
    args jsonb,
    out c recado.conversation,
    out t recado.turn,
    out is_held boolean,
    out ended_by text
) language plpgsql volatile as $$
declare
    epoch integer := (args ->> 'epoch')::integer;
begin
    c := recado.locked(workspace_, args ->> 'conversation');
    if c.id is not null then
        t := recado.turn_of(workspace_, args ->> 'turn');
    end if;
    if t.conversation is distinct from c.id then
        t := null;
    end if;
    is_held := t.id is not null and c.turn is not distinct from t.id and c.epoch = epoch and c.lease_until is not null;
    ended_by := case when t.ended_epoch = epoch then t.ended_by end;
end $$;


-- A claim as its holder is given it.
create or replace function recado.claim_told(c recado.conversation, t recado.turn, history integer, at timestamptz)
    returns json language plpgsql stable as $$
begin
    return json_build_object(
        'is', 'claim',
        'turn', t,
        'conversation', c,
        'contact', (
            select json_build_object(
                'workspace', p.workspace, 'id', p.id, 'name', p.name,
                'medium', c.medium, 'kind', c.kind, 'address', c.address
            )
            from recado.contact p where p.workspace = c.workspace and p.id = c.contact
        ),
        'line', recado.line_told(c.workspace, c.line),
        'messages', recado.prompt_messages(c, t.read_to, history),
        'journal', recado.draft(t),
        'now', coalesce(c.claimed_at, at),
        'sendable', recado.wants_sending(c, at)
    );
end $$;

-- The holder of a conversation that is put off.
create or replace function recado.nobody() returns text
    language sql immutable as $$ select 'put off: it cannot be read' $$;

-- One that cannot be read is leased to nobody, for a while, and needs a human; it loses nothing.
create or replace function recado.put_off(workspace_ text, id_ text, at timestamptz) returns void
    language plpgsql volatile as $$
begin
    update recado.conversation c
    set lease_by = recado.nobody(), lease_until = at + interval '1 hour', needs_human = true
    where c.workspace = workspace_ and c.id = id_;
end $$;

create or replace function recado.claimed(
    c recado.conversation, holder text, ttl interval, history integer, at timestamptz
) returns json language plpgsql volatile as $$
declare
    lost text := case when c.lease_until is not null and c.lease_by is distinct from recado.nobody() then c.turn end;
    newest integer;
    t recado.turn;
    r record;
begin
    c := recado.without_moot_turn(c, at);
    c.epoch := c.epoch + 1;
    r := recado.unanswered(c);
    newest := r.newest;
    if c.turn is not null then
        t := recado.turn_of(c.workspace, c.turn);
    end if;
    if t.id is null then
        r := recado.open_turn(c, newest, at);
        c := r.c;
        t := r.t;
    else
        if not recado.is_drafted(t) then
            t.read_to := newest;
        end if;
        t.state := 'running';
        if t.id = lost then
            t.attempts := t.attempts + 1;
        end if;
        perform recado.save_turn(t);
    end if;
    c.lease_by := holder;
    c.lease_until := at + ttl;
    c.claimed_at := at;
    c := recado.saved(c);
    return recado.claim_told(c, t, history, at);
end $$;

create or replace function public.recado_claim_v1(workspace text, args jsonb) returns json
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    holder text := 'claim ' || (args ->> 'by');
    history integer := (args ->> 'history')::integer;
    c recado.conversation := recado.locked(workspace, args ->> 'conversation');
    at timestamptz := recado.instant();
begin
    if c.id is null then
        return json_build_object('is', 'nothing', 'sendable', false);
    elsif c.lease_until > at and c.lease_by = holder then
        return recado.claim_told(c, recado.turn_of(c.workspace, c.turn), history, at);
    elsif c.lease_until > at or c.due_at is null then
        return json_build_object('is', 'nothing', 'sendable', recado.wants_sending(c, at));
    elsif c.due_at > at then
        return json_build_object(
            'is', 'later', 'after', recado.after(c.due_at, at), 'sendable', recado.wants_sending(c, at)
        );
    end if;
    return recado.claimed(c, holder, recado.span((args ->> 'ttl')::bigint), history, at);
end $$;

-- The longest due first, passing over those that somebody works on now. What becomes of one that cannot be read is
-- undone, and it is put off: else it would stop every sweep. What is not of its row is raised.
create or replace function public.recado_claim_due_v1(workspace text, args jsonb) returns json
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    holder text := 'claim_due ' || (args ->> 'by');
    ttl interval := recado.span((args ->> 'ttl')::bigint);
    history integer := (args ->> 'history')::integer;
    c recado.conversation;
    these recado.conversation[];
    is_repeat boolean;
    at timestamptz;
    claims json[] := '{}';
begin
    -- A repeat of a call that still runs must see what that one leased.
    perform pg_advisory_xact_lock(hashtextextended(holder, 0));
    at := recado.instant();
    these := array(
        select s from recado.conversation s where s.lease_by = holder and s.lease_until > at order by s.due_at
    );
    is_repeat := cardinality(these) > 0;
    if not is_repeat then
        these := array(
            select s from recado.conversation s
            where s.due_at <= at and (s.lease_until is null or s.lease_until <= at)
            order by s.due_at limit (args ->> 'limit')::integer for no key update skip locked
        );
        at := recado.instant();
    end if;
    foreach c in array these loop
        begin
            claims := claims || case
                when is_repeat then recado.claim_told(c, recado.turn_of(c.workspace, c.turn), history, at)
                else recado.claimed(c, holder, ttl, history, at)
            end;
        exception when others then
            if recado.is_trouble(sqlstate) then
                raise;
            end if;
            perform recado.put_off(c.workspace, c.id, at);
        end;
    end loop;
    return array_to_json(claims);
end $$;

-- The server's, the moment's or the schema's, and not the row's: all but cardinality, data, constraints, and what
-- functions raise. A function that is missing for a moment must not put off all that is due.
create or replace function recado.is_trouble(state text) returns boolean
    language sql immutable as $$ select left(state, 2) not in ('21', '22', '23', 'P0') $$;

-- What was claimed says something that nobody can read.
create or replace function public.recado_put_off_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    r record := recado.lease_of(workspace, args);
begin
    if r.is_held then
        perform recado.put_off(workspace, args ->> 'conversation', recado.instant());
    end if;
    return to_jsonb(r.is_held);
end $$;

-- Many leases of a worker at once. It never waits: who waits while other rows are locked holds up those that want them,
-- and may wait in a circle. Those in use by somebody are `busy`: they are not lost, and the worker asks for them again.
-- An expired lease is renewed too, as long as nobody took it over.
create or replace function public.recado_renew_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    until timestamptz := recado.instant() + recado.span((args ->> 'ttl')::bigint);
    answer jsonb;
begin
    with asked as (
        select a.* from jsonb_to_recordset(args -> 'leases')
            as a (workspace text, conversation text, turn text, epoch integer)
    ), free as (
        select c.workspace, c.id from asked a
        join recado.conversation c on c.workspace = a.workspace and c.id = a.conversation
        where c.turn = a.turn and c.epoch = a.epoch and c.lease_by is not null
        for no key update of c skip locked
    ), renewed as (
        update recado.conversation c set lease_until = greatest(c.lease_until, until) from free
        where c.workspace = free.workspace and c.id = free.id
        returning c.workspace, c.id, c.turn, c.epoch
    ), others as (
        select to_jsonb(a) as lease, exists (
            select from recado.conversation c
            where c.workspace = a.workspace and c.id = a.conversation and c.turn = a.turn and c.epoch = a.epoch
                and c.lease_by is not null
        ) as is_busy
        from asked a
        where not exists (
            select from renewed d
            where d.workspace = a.workspace and d.id = a.conversation and d.turn = a.turn and d.epoch = a.epoch
        )
    )
    select jsonb_build_object(
        'lost', coalesce(jsonb_agg(o.lease) filter (where not o.is_busy), '[]'),
        'busy', coalesce(jsonb_agg(o.lease) filter (where o.is_busy), '[]')
    ) into answer
    from others o;
    return answer;
end $$;

select recado.settle_rights();
