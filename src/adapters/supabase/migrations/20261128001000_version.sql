-- What an application asks for when it opens the store: it works with this version, or a newer one. `is_durable`: a
-- transaction is on the disk before its call is answered.
create or replace function public.recado_version_v1(workspace text, args jsonb) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select jsonb_build_object('version', 1, 'is_durable', current_setting('synchronous_commit') <> 'off')
$$;

select recado.settle_rights();
