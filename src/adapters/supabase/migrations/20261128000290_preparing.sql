-- What a batch of events needs, found and locked before any of it is written.
--
-- Batches of several processes run at the same time, and what one of them locks it keeps to its end. They do not wait
-- for each other in a circle, because each locks in the same order before it writes anything:
--   1. the names of what is not there yet (a new address, a contact that is new on a line, a copy that no attempt of
--      ours is known to have made), in the order of their hashes; whoever waited finds what the other one made;
--   2. the conversations of the whole batch, by workspace and id;
--   3. the messages that reports only move on, whose conversations nobody needs, by workspace and id.
-- Whatever else is locked belongs to one of these, so whoever wants it has waited before. A settlement, which locks one
-- conversation, locks the name of its copy first. What is left (an address that changed hands, a contact renamed on two
-- lines at once) ends in a deadlock that the database breaks, and the loser's whole batch is repeated: no error of that
-- kind is taken for an event's own.

-- Locked until the transaction ends, although there is nothing yet that has these names.
create or replace function recado.lock_names(names text[]) returns void
    language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock(n.hash)
    from (select distinct hashtextextended(name, 0) as hash from unnest(names) as name order by hash offset 0) n;
end $$;

create or replace function recado.name_of_copy(workspace text, provider_id text) returns text
    language sql immutable as $$ select 'recado copy ' || workspace || ' ' || provider_id $$;

-- The attempt that a report is about: by what we put in the callback's address, else by the provider's id.
create or replace function recado.tried_of(report jsonb) returns recado.tried
    language plpgsql stable as $$
declare
    t recado.tried;
begin
    if report ->> 'message' is not null then
        select f.* into t from recado.tried f
        where f.workspace = report ->> 'workspace' and f.id = report ->> 'message'
            and f.attempt = (report ->> 'attempt')::numeric and f.line = report ->> 'line';
    end if;
    if t.id is null then
        select f.* into t from recado.tried f
        where f.workspace = report ->> 'workspace' and f.line = report ->> 'line' and f.copy = report ->> 'provider_id';
    end if;
    return t;
end $$;

-- Whose addresses these are, of the strongest that is anybody's, and their conversation on this line. `unknown`: those
-- that are nobody's, by their place.
create or replace function recado.sender_of(
    workspace_ text, line_ text, addresses jsonb, out contact text, out conversation text, out unknown integer[]
) language plpgsql stable as $$
declare
    owner record;
    strength integer;
    strongest integer;
begin
    for place in 0 .. jsonb_array_length(addresses) - 1 loop
        select a.contact, c.id as conversation into owner from recado.contact_address a
        left join recado.conversation c on c.workspace = a.workspace and c.contact = a.contact and c.line = line_
        where a.workspace = workspace_ and a.medium = addresses -> place ->> 'medium'
            and a.kind = addresses -> place ->> 'kind' and a.address = addresses -> place ->> 'address';
        strength := (addresses -> place ->> 'strength')::integer;
        if owner.contact is null then
            unknown := unknown || place;
        elsif strongest is null or strength < strongest then
            contact := owner.contact;
            conversation := owner.conversation;
            strongest := strength;
        end if;
    end loop;
end $$;

-- Where an event belongs: the conversation to lock, or the message if that is enough, and the names of what it needs
-- and is not there yet. `is_known`: the sender is known on this line, with all their addresses.
create or replace function recado.place_of(
    event jsonb, out conversation text, out message text, out names text[], out is_known boolean
) language plpgsql stable as $$
declare
    workspace text := event ->> 'workspace';
    someone record;
    t recado.tried;
begin
    if event ->> 'is' = 'report' then
        t := recado.tried_of(event);
        if t.copy is distinct from event ->> 'provider_id' then
            names := array[recado.name_of_copy(workspace, event ->> 'provider_id')];
        end if;
        if not (event -> 'opts_out')::boolean
            and recado.is_mere_progress(t, event ->> 'provider_id', event ->> 'status') then
            message := t.id;
        else
            conversation := t.conversation;
        end if;
        return;
    end if;
    someone := recado.sender_of(workspace, event ->> 'line', event -> 'addresses');
    conversation := someone.conversation;
    is_known := conversation is not null and someone.unknown is null;
    if not is_known then
        names := array(
            select concat_ws(' ', 'recado address', workspace, event -> 'addresses' -> place)
            from unnest(someone.unknown) as place
        );
        if someone.contact is not null and conversation is null then
            names := names || concat_ws(' ', 'recado contact', workspace, someone.contact, event ->> 'line');
        end if;
    end if;
end $$;

-- Lock what the events need, as it is told above; gives the conversations of those whose sender is known.
create or replace function recado.prepared(events jsonb[]) returns text[]
    language plpgsql volatile as $$
declare
    place record;
    names text[] := '{}';
    spaces text[] := '{}';
    conversations text[] := '{}';
    messages text[] := '{}';
    known text[] := '{}';
begin
    for turn in 1 .. 2 loop
        for n in 1 .. cardinality(events) loop
            place := recado.place_of(events[n]);
            names := names || place.names;
            spaces[n] := events[n] ->> 'workspace';
            conversations[n] := place.conversation;
            messages[n] := place.message;
            known[n] := case when place.is_known then place.conversation end;
        end loop;
        exit when turn = 2 or names = '{}';
        perform recado.lock_names(names);
    end loop;
    perform from recado.conversation c
    where (c.workspace, c.id) in (select * from unnest(spaces, conversations))
    order by c.workspace, c.id for no key update;
    if array_remove(messages, null) <> '{}' then
        perform from recado.message m
        where (m.workspace, m.id) in (select * from unnest(spaces, messages))
        order by m.workspace, m.id for no key update;
    end if;
    return known;
end $$;

select recado.settle_rights();
