-- The planner knows nothing of a new table, and the plan that a connection has made stays until autovacuum first looks,
-- up to a minute later. Until then one that walks through all rows of a workspace is as good to it as one that finds a
-- row by its key (measured: 9 ms a message after 6,000, in place of 0.7). So it is shown what the tables will be like.
-- The rows are gone before anybody else can see them; what was learned stays. Functions that run for every message go
-- without sequential scans besides: a table that was small when their plan was made does not stay so.
do $$
declare
    at timestamptz := now();
    people integer := 120;
begin
    if exists (select from recado.workspace) then
        return;
    end if;

    insert into recado.workspace (id) values ('sample');
    insert into recado.line (workspace, id, channel, medium, kind, address, account)
    values ('sample', 'sample', 'sample', 'sms', 'phone', '+1', 'sample');
    insert into recado.contact (workspace, id, medium, kind, address)
    select 'sample', 'contact ' || p, 'sms', 'phone', '+' || p from generate_series(1, people) p;
    insert into recado.contact_address (workspace, medium, kind, address, contact)
    select 'sample', 'sms', 'phone', '+' || p, 'contact ' || p from generate_series(1, people) p;
    insert into recado.conversation
        (workspace, id, contact, line, medium, kind, address, last_message_at, due_at, lease_by, lease_until)
    select 'sample', 'conversation ' || p, 'contact ' || p, 'sample', 'sms', 'phone', '+' || p,
        at - p * interval '1 hour', case when p % 30 = 0 then at end, case when p % 60 = 0 then 'worker ' || p end,
        case when p % 60 = 0 then at end
    from generate_series(1, people) p;
    insert into recado.turn (workspace, id, conversation, opened_in, opened_at, correlation, read_to, state)
    select 'sample', 'turn ' || p || ' ' || n, 'conversation ' || p, n, at, 'c', n,
        case when p % 60 = 0 and n = 5 then 'running' else 'committed' end
    from generate_series(1, people) p, generate_series(1, 5) n;
    insert into recado.step (workspace, turn, number, kind, entry, recorded_at)
    select 'sample', 'turn ' || p || ' 1', n, kind, '{}', at
    from generate_series(1, people) p, generate_series(1, 2) n, unnest(array['asked', 'results']) kind;
    insert into recado.model_call
        (workspace, turn, id, number, model, day, input, output, cached, cost, reserved, recorded_at)
    select 'sample', 'turn ' || p || ' ' || n, 'call ' || p || ' ' || n, 1, 'm', at, 1, 1, 0, 1, false, at
    from generate_series(1, people) p, generate_series(1, 5) n;
    insert into recado.message (
        workspace, conversation, number, id, direction, author, content, status, provider_id, recorded_at, episode,
        quiet_at, ceiling_at, reply, rank, attempts, begun_at, care_at, holder
    )
    select 'sample', 'conversation ' || p, n, 'message ' || p || ' ' || n,
        case n % 2 when 1 then 'inbound' else 'outbound' end, 'contact', '{"text": "sample"}',
        case
            when p % 30 = 0 and n = 9 then 'pending'
            when p % 30 = 1 and n = 10 then 'queued'
            when p % 90 = 2 and n = 9 then 'dead'
            when n % 2 = 1 then 'answered' else 'read'
        end,
        'provider ' || p || ' ' || n, at, 1, at, at, 'turn ' || p || ' ' || n / 2, 40, 1, at,
        case when p % 30 = 1 and n = 10 then at end, case when p % 60 = 1 and n = 10 then 'holder ' || p end
    from generate_series(1, people) p, generate_series(1, 10) n;
    insert into recado.attempt
        (workspace, message, number, line, to_medium, to_kind, to_address, begun_at, provider_id, accepted)
    select 'sample', 'message ' || p || ' ' || 2 * n, 1, 'sample', 'sms', 'phone', '+' || p, at,
        'copy ' || p || ' ' || n, true
    from generate_series(1, people) p, generate_series(1, 5) n;
    insert into recado.settlement (workspace, message, attempt, call)
    select 'sample', 'message ' || p || ' ' || 2 * n, 1, 'call'
    from generate_series(1, people) p, generate_series(1, 5) n;
    insert into recado.event (workspace, line, provider_id, status, conversation, message, raw, recorded_at)
    select 'sample', 'sample', 'provider ' || p || ' ' || n, status, 'conversation ' || p, 'message', '[]', at
    from generate_series(1, people) p, generate_series(1, 5) n, unnest(array['', 'sent', 'delivered', 'read']) status;
    insert into recado.fact (workspace, conversation, number, at, kind, details)
    select 'sample', 'conversation ' || p, n, at, 'message_received', '{}'
    from generate_series(1, people) p, generate_series(1, 10) n;
    insert into recado.desk_move (workspace, conversation, key, fingerprint, answer, recorded_at)
    select 'sample', 'conversation ' || p, 'key ' || p, '', '{}', at from generate_series(1, people) p;
    insert into recado.spent (workspace, contact, day, conversation, model, calls, input, output, cached, cost)
    select 'sample', 'contact ' || p, current_date - d, 'conversation ' || p, 'm', 1, 1, 1, 0, 1
    from generate_series(1, people) p, generate_series(1, 5) d;
    insert into recado.record (workspace, contact, number, key, kind, at, document, recorded_at)
    select 'sample', 'contact ' || p, n, 'key ' || n, 'kind ' || n % 3, at, '{}', at
    from generate_series(1, people) p, generate_series(1, 10) n;

    analyze recado.contact, recado.contact_address, recado.conversation, recado.turn, recado.step, recado.model_call,
        recado.message, recado.attempt, recado.settlement, recado.event, recado.fact, recado.desk_move, recado.spent,
        recado.record;

    delete from recado.record;
    delete from recado.spent;
    delete from recado.desk_move;
    delete from recado.fact;
    delete from recado.event;
    delete from recado.settlement;
    delete from recado.attempt;
    delete from recado.message;
    delete from recado.model_call;
    delete from recado.step;
    delete from recado.turn;
    delete from recado.conversation;
    delete from recado.contact_address;
    delete from recado.contact;
    delete from recado.line;
    delete from recado.workspace;
end $$;

select recado.settle_rights();
