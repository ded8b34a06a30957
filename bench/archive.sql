-- An archive of so many conversations with ten messages each, all finished: as if they had been had over a year.
-- Psql variables are not used, so that a driver can run it: the count is in the setting `bench.conversations`.

create temporary table person on commit drop as
    select 'a' || lpad(n::text, 9, '0') as id, '+5531' || lpad(n::text, 9, '0') as phone,
        now() - interval '1 year' * (n / (current_setting('bench.conversations')::float + 1)) as at
    from generate_series(1, current_setting('bench.conversations')::integer) n;

insert into recado.contact (workspace, id, name, medium, kind, address)
    select 'main', id, 'Ana', 'whatsapp', 'phone', phone from person;
insert into recado.contact_address (workspace, medium, kind, address, contact)
    select 'main', 'whatsapp', 'phone', phone, id from person;
insert into recado.conversation
    (workspace, id, contact, line, medium, kind, address, last_message_at, number, facts, epoch)
    select 'main', 'c' || id, id, 'main', 'whatsapp', 'phone', phone, at, 10, 10, 5 from person;
insert into recado.turn
    (workspace, id, conversation, opened_in, opened_at, correlation, read_to, state, closed_at, ended_epoch, ended_by)
    select 'main', 't' || id || i, 'c' || id, i, at, 'SM' || id || i, 2 * i - 1, 'committed', at, i, 'commit'
    from person, generate_series(1, 5) i;
insert into recado.message
    (workspace, conversation, number, id, direction, author, content, status, provider_id, recorded_at, episode)
    select 'main', 'c' || id, 2 * i - 1, 'i' || id || i, 'inbound', 'contact',
        jsonb_build_object('text', 'Olá! É sobre o pedido: quando ele chega?'), 'answered', 'SM' || id || i, at, 1
    from person, generate_series(1, 5) i;
insert into recado.message
    (workspace, conversation, number, id, direction, author, content, status, provider_id, recorded_at, episode, turn,
    reply, correlation, to_medium, to_kind, to_address, rank, attempts, begun_at)
    select 'main', 'c' || id, 2 * i, 'o' || id || i, 'outbound', 'assistant',
        jsonb_build_object('text', 'O pedido está a caminho e chega amanhã.'), 'read', 'SX' || id || i, at, 1,
        't' || id || i, 't' || id || i, 'SM' || id || i, 'whatsapp', 'phone', phone, 40, 1, at
    from person, generate_series(1, 5) i;
insert into recado.attempt
    (workspace, message, number, line, to_medium, to_kind, to_address, begun_at, provider_id, accepted)
    select 'main', 'o' || id || i, 1, 'main', 'whatsapp', 'phone', phone, at, 'SX' || id || i, true
    from person, generate_series(1, 5) i;
insert into recado.event (workspace, line, provider_id, status, conversation, message, raw, recorded_at)
    select 'main', 'main', 'SM' || id || i, '', 'c' || id, 'i' || id || i, '[]', at
    from person, generate_series(1, 5) i;
insert into recado.fact (workspace, conversation, number, at, kind, details)
    select 'main', 'c' || id, i, at, 'message_received', '{}' from person, generate_series(1, 10) i;
