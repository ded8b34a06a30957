-- Workspaces, lines and API keys; and whether anything can be recorded at all.

create or replace function recado.lines_told() returns jsonb
    language sql stable as $$
    select to_jsonb(array(
        select recado.line_told(l.workspace, l.id) from recado.line l order by l.id collate "C"
    ))
$$;

-- One at a time: two that put the same line at once would each find that there is none.
create or replace function recado.lock_lines() returns void
    language plpgsql volatile as $$
begin
    lock table recado.line in share row exclusive mode; -- which hinders nobody who reads or refers to a line
end $$;

-- Add it, or replace the one of its id, whosever it was: with what it signs in with, or without.
create or replace function recado.put_line(new jsonb) returns void
    language plpgsql volatile as $$
begin
    perform recado.lock_lines();
    insert into recado.workspace (id) values (new ->> 'workspace') on conflict do nothing;
    delete from recado.line_secret s where s.line = new ->> 'id';
    update recado.line l set
        workspace = new ->> 'workspace', channel = new ->> 'channel', medium = new ->> 'medium', kind = new ->> 'kind',
        address = new ->> 'address', account = new ->> 'account'
    where l.id = new ->> 'id';
    if not found then
        insert into recado.line (workspace, id, channel, medium, kind, address, account)
        values (
            new ->> 'workspace', new ->> 'id', new ->> 'channel', new ->> 'medium', new ->> 'kind', new ->> 'address',
            new ->> 'account'
        );
    end if;
    if new ->> 'sealed' is not null then
        insert into recado.line_secret (workspace, line, sealed)
        values (new ->> 'workspace', new ->> 'id', new ->> 'sealed');
    end if;
end $$;


create or replace function public.recado_line_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
    select recado.line_told(l.workspace, l.id) from recado.line l where l.id = args ->> 'line'
$$;

create or replace function public.recado_lines_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$ select recado.lines_told() $$;

create or replace function public.recado_put_line_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform recado.put_line(args || jsonb_build_object('workspace', $1));
    return null;
end $$;

-- Add `lines` if there is none at all. Most who ask find some, and wait for nobody.
create or replace function public.recado_seed_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from recado.line) then
        perform recado.lock_lines();
        if not exists (select from recado.line) then
            perform recado.put_line(new) from jsonb_array_elements(args -> 'lines') as given (new);
        end if;
    end if;
    return recado.lines_told();
end $$;

-- Whether `sealed` is kept now in the place of `was`; if something else was there, nothing changes.
create or replace function public.recado_reseal_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    update recado.line_secret s set sealed = args ->> 'sealed'
    where s.workspace = $1 and s.line = args ->> 'line' and s.sealed = args ->> 'was';
    return to_jsonb(found);
end $$;


-- A key as it is told: without its digest, which is nobody's business.
create or replace function recado.key_told(k recado.api_key) returns jsonb
    language sql stable as $$ select to_jsonb(k) - 'digest' $$;

create or replace function public.recado_put_key_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    at timestamptz := recado.instant();
    secret bytea := decode(args ->> 'digest', 'hex');
    k recado.api_key;
begin
    if not exists (select from recado.workspace w where w.id = $1) then
        raise exception using
            errcode = 'RC400', message = 'there is no such workspace: a workspace begins with its first line';
    end if;
    insert into recado.api_key (workspace, id, digest, name, permissions, created_at, expires_at)
    values (
        $1, args ->> 'key', secret, args ->> 'name', array(select jsonb_array_elements_text(args -> 'permissions')), at,
        at + recado.span((args ->> 'expires_in')::bigint)
    )
    on conflict do nothing;
    select * into k from recado.api_key f where f.workspace = $1 and f.id = args ->> 'key' and f.digest = secret;
    if not found then
        raise exception using
            errcode = 'RC409', message = 'there is another key of this id, or of this secret: make a new one';
    end if;
    return recado.key_told(k);
end $$;

create or replace function public.recado_key_of_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
    select recado.key_told(k) from recado.api_key k
    where k.digest = decode(args ->> 'digest', 'hex') and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > recado.instant())
$$;

create or replace function public.recado_keys_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select to_jsonb(array(
        select recado.key_told(k) from recado.api_key k where k.workspace = $1 order by k.id collate "C"
    ))
$$;

create or replace function public.recado_revoke_key_v1(workspace text, args jsonb) returns jsonb
    language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    update recado.api_key k set revoked_at = coalesce(k.revoked_at, recado.instant())
    where k.workspace = $1 and k.id = args ->> 'key'
    returning recado.key_told(k)
$$;


-- It writes, and so knows; the answer is the version of the schema.
create or replace function public.recado_ready_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
begin
    if pg_is_in_recovery() then
        raise exception using errcode = 'RC503', message = 'the database is a standby, which only reads';
    elsif current_setting('transaction_read_only') = 'on' then
        raise exception using errcode = 'RC503', message = 'the database only reads: its disk may be full';
    end if;
    insert into recado.counter as c (name, value)
    values ('checked_at', recado.micros(recado.instant() - timestamptz 'epoch'))
    on conflict (name) do update set value = excluded.value;
    return public.recado_version_v1(null, '{}');
end $$;

select recado.settle_rights();
