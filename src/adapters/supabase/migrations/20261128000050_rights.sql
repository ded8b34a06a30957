-- Who may what. Everything belongs to a role that nobody can log in as, and nobody else has any right to the tables,
-- not even the one that bypasses row-level security. What may be called runs as that role, with the workspace as its
-- first argument, and only the role of the project's secret key may call it.

do $$
declare
    name text;
begin
    -- A Supabase project has the last three; elsewhere they are made, so that the same rights hold everywhere.
    foreach name in array array['recado_owner', 'service_role', 'anon', 'authenticated'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
    end loop;
    -- One must be a member to give it things; whoever made it may make himself one.
    if not pg_has_role(current_user, 'recado_owner', 'usage') then
        execute format('grant recado_owner to %I', current_user);
    end if;
end $$;

-- No API exposes this schema; what may be called is in the functions `public.recado_*`, which their owner must be able
-- to have there.
create schema if not exists recado authorization recado_owner;
grant usage, create on schema public to recado_owner;

-- Every migration ends with a call of this, in its own transaction: so nothing is ever open, not even for a moment.
-- What is settled already is passed over: to change a table's owner locks it. So is what somebody else made under such
-- a name, which would run as the owner then.
create or replace function recado.settle_rights() returns void
    language plpgsql volatile as $$
declare
    us constant oid := (select oid from pg_roles where rolname = current_user);
    it record;
begin
    for it in
        select c.oid::regclass as name, c.relkind as kind from pg_class c
        where c.relnamespace = 'recado'::regnamespace and c.relkind in ('r', 'p', 'v')
            and c.relowner = us
    loop
        if it.kind = 'v' then
            execute format('alter view %s owner to recado_owner', it.name);
        else
            execute format('alter table %s owner to recado_owner', it.name);
            execute format('alter table %s enable row level security', it.name);
            execute format('alter table %s force row level security', it.name);
            execute format(
                'create policy functions_only on %s to recado_owner using (true) with check (true)', it.name
            );
        end if;
        execute format('revoke all on %s from public, anon, authenticated, service_role', it.name);
    end loop;

    for it in
        select p.oid::regprocedure as name, p.pronamespace = 'public'::regnamespace as is_callable from pg_proc p
        where p.proowner = us and (
            p.pronamespace = 'recado'::regnamespace
            or (p.pronamespace = 'public'::regnamespace and starts_with(p.proname, 'recado_'))
        )
    loop
        execute format('alter function %s owner to recado_owner', it.name);
        execute format('revoke all on function %s from public, anon, authenticated, service_role', it.name);
        if it.is_callable then
            execute format('grant execute on function %s to service_role', it.name);
        end if;
    end loop;
end $$;

select recado.settle_rights();
