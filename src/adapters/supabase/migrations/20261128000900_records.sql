-- What skills remember about people: documents that are written once, struck out perhaps, and never deleted.

-- A record as it is told. The document is text, as it was written: jsonb has an order of its own for its fields.
create or replace function recado.record_told(r recado.record) returns jsonb
    language sql stable as $$
    select jsonb_build_object(
        'key', r.key,
        'kind', r.kind,
        'at', r.at,
        'document', r.document::text,
        'number', r.number,
        'recorded_at', r.recorded_at,
        'voided_at', r.voided_at
    )
$$;

-- The numbers of a person's records have no gap, so whoever adds one waits for whoever is adding one.
create or replace function public.recado_put_v1(workspace text, args jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
declare
    r recado.record;
begin
    perform from recado.contact c where c.workspace = $1 and c.id = args ->> 'contact' for no key update;
    if not found then
        raise exception using errcode = 'RC400', message = 'there is no such contact in this workspace';
    end if;
    insert into recado.record (workspace, contact, number, key, kind, at, document, recorded_at)
    select
        $1, args ->> 'contact', 1 + coalesce(max(o.number), 0), args ->> 'key', args ->> 'kind',
        (args ->> 'at')::timestamptz, (args ->> 'document')::json, recado.instant()
    from recado.record o where o.workspace = $1 and o.contact = args ->> 'contact'
    on conflict do nothing;
    select * into r from recado.record o
    where o.workspace = $1 and o.contact = args ->> 'contact' and o.key = args ->> 'key';
    return recado.record_told(r);
end $$;

create or replace function public.recado_void_v1(workspace text, args jsonb) returns jsonb
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp set statement_timeout = '5s' set lock_timeout = '2s'
    set enable_seqscan = off as $$
    update recado.record r set voided_at = coalesce(r.voided_at, recado.instant())
    where r.workspace = $1 and r.contact = args ->> 'contact' and r.key = args ->> 'key'
    returning recado.record_told(r)
$$;

create or replace function public.recado_get_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select recado.record_told(r) from recado.record r
    where r.workspace = $1 and r.contact = args ->> 'contact' and r.key = args ->> 'key'
$$;

-- From `since` on and before `until`, either of which may be null; `voided`: those that are struck out too.
create or replace function public.recado_find_v1(workspace text, args jsonb) returns jsonb
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    kinds text[] := array(select jsonb_array_elements_text(args -> 'kinds'));
    since timestamptz := args ->> 'since';
    until timestamptz := args ->> 'until';
    after bigint := args ->> 'after';
    most integer := args ->> 'limit';
    voided boolean := args ->> 'voided';
begin
    if since is null and until is null then -- in the order of the index
        return to_jsonb(array(
            select recado.record_told(r) from recado.record r
            where r.workspace = $1 and r.contact = args ->> 'contact' and r.number > after and r.kind = any (kinds)
                and (voided or r.voided_at is null)
            order by r.number limit most
        ));
    end if;
    return to_jsonb(array(
        select recado.record_told(r) from recado.record r
        where r.workspace = $1 and r.contact = args ->> 'contact' and r.number > after and r.kind = any (kinds)
            and r.at >= coalesce(since, '-infinity') and r.at < coalesce(until, 'infinity')
            and (voided or r.voided_at is null)
        order by r.number limit most
    ));
end $$;

-- The newest of each kind, and of these the newest: together they would have to be sorted first.
create or replace function public.recado_last_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select recado.record_told(newest.r)
    from jsonb_array_elements_text(args -> 'kinds') as wanted (kind)
    cross join lateral (
        select r from recado.record r
        where r.workspace = $1 and r.contact = args ->> 'contact' and r.kind = wanted.kind and r.voided_at is null
        order by r.number desc limit 1
    ) as newest (r)
    order by (newest.r).number desc limit 1
$$;

select recado.settle_rights();
