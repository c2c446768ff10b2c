-- The state of cells, one table per kind of object: its key, the columns that people search by, and the object itself as
-- JSON in body. Nothing is indexed beyond its key: the conductor holds its cell in memory and reads it once, whole.
-- An instant is microseconds since 1970-01-01 UTC, the same on every engine and exact.

create table cell (
    cell text primary key,
    route_revision bigint not null
);

-- Who may write a cell. A row is never deleted, so that epochs never go back; a holder of '' means that it was released.
create table lease (
    cell text primary key,
    holder text not null,
    epoch bigint not null,
    expires_at bigint not null
);

create table pool (
    cell text not null,
    name text not null,
    body jsonb not null,
    primary key (cell, name)
);

create table service (
    cell text not null,
    name text not null,
    team text not null,
    body jsonb not null,
    primary key (cell, name)
);

create table version (
    cell text not null,
    service text not null,
    number text not null,
    channel text not null,
    body jsonb not null,
    primary key (cell, service, number)
);

create table line (
    cell text not null,
    service text not null,
    body jsonb not null,
    primary key (cell, service)
);

create table train (
    cell text not null,
    line text not null,
    number bigint not null,
    phase text not null,
    departs_at bigint not null,
    body jsonb not null,
    primary key (cell, line, number)
);

create table rollout (
    cell text not null,
    id text not null,
    service text not null,
    stage text not null,
    version text not null,
    phase text not null,
    planned_at bigint not null,
    body jsonb not null,
    primary key (cell, id)
);

create table deployment (
    cell text not null,
    service text not null,
    stage text not null,
    pool text not null,
    body jsonb not null,
    primary key (cell, service, stage)
);

create table host (
    cell text not null,
    id text not null,
    availability text not null,
    is_lost bigint not null,
    body jsonb not null,
    primary key (cell, id)
);

create table instance (
    cell text not null,
    id text not null,
    service text not null,
    stage text not null,
    version text not null,
    host text not null,
    phase text not null,
    observed text not null,
    body jsonb not null,
    primary key (cell, id)
);

-- Every decision. Each hash covers its row and the hash before it; journal_head has the last one, so that a cut-off end shows.
create table journal (
    cell text not null,
    sequence bigint not null,
    at bigint not null,
    actor text not null,
    action text not null,
    subject text not null,
    reason text not null,
    hash bytea not null,
    primary key (cell, sequence)
);

create table journal_head (
    cell text primary key,
    sequence bigint not null,
    hash bytea not null
);

-- Messages decided and not yet sent. The unique key keeps it as small as the fleet, however long a broker is away.
create table outbox (
    id bigint generated always as identity primary key,
    cell text not null,
    destination text not null,
    kind text not null,
    body text not null,
    unique (cell, destination, kind)
);

-- API tokens; roles is a JSON array.
create table token (
    id text primary key,
    name text not null,
    roles text not null,
    secret_hash text not null unique,
    created_at bigint not null,
    revoked_at bigint
);

create function journal_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only';
end
$$;

create trigger journal_append_only before update or delete on journal
    for each row execute function journal_is_append_only();

create trigger journal_not_truncated before truncate on journal
    for each statement execute function journal_is_append_only();
