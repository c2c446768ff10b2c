-- The state of cells, one table per kind of object: its key, the columns that people search by, and the object itself as
-- JSON in body. Nothing is indexed beyond its key: the conductor holds its cell in memory and reads it once, whole.
-- An instant is microseconds since 1970-01-01 UTC, the same on every engine and exact.

create table cell (
    cell text primary key,
    route_revision integer not null
) strict;

-- Who may write a cell. A row is never deleted, so that epochs never go back; a holder of '' means that it was released.
create table lease (
    cell text primary key,
    holder text not null,
    epoch integer not null,
    expires_at integer not null
) strict;

create table pool (
    cell text not null,
    name text not null,
    body text not null,
    primary key (cell, name)
) strict;

create table service (
    cell text not null,
    name text not null,
    team text not null,
    body text not null,
    primary key (cell, name)
) strict;

create table version (
    cell text not null,
    service text not null,
    number text not null,
    channel text not null,
    body text not null,
    primary key (cell, service, number)
) strict;

create table line (
    cell text not null,
    service text not null,
    body text not null,
    primary key (cell, service)
) strict;

create table train (
    cell text not null,
    line text not null,
    number integer not null,
    phase text not null,
    departs_at integer not null,
    body text not null,
    primary key (cell, line, number)
) strict;

create table rollout (
    cell text not null,
    id text not null,
    service text not null,
    stage text not null,
    version text not null,
    phase text not null,
    planned_at integer not null,
    body text not null,
    primary key (cell, id)
) strict;

create table deployment (
    cell text not null,
    service text not null,
    stage text not null,
    pool text not null,
    body text not null,
    primary key (cell, service, stage)
) strict;

create table host (
    cell text not null,
    id text not null,
    availability text not null,
    is_lost integer not null,
    body text not null,
    primary key (cell, id)
) strict;

create table instance (
    cell text not null,
    id text not null,
    service text not null,
    stage text not null,
    version text not null,
    host text not null,
    phase text not null,
    observed text not null,
    body text not null,
    primary key (cell, id)
) strict;

-- Every decision. Each hash covers its row and the hash before it; journal_head has the last one, so that a cut-off end shows.
create table journal (
    cell text not null,
    sequence integer not null,
    at integer not null,
    actor text not null,
    action text not null,
    subject text not null,
    reason text not null,
    hash blob not null,
    primary key (cell, sequence)
) strict;

create table journal_head (
    cell text primary key,
    sequence integer not null,
    hash blob not null
) strict;

-- Messages decided and not yet sent. The unique key keeps it as small as the fleet, however long a broker is away.
create table outbox (
    id integer primary key autoincrement,
    cell text not null,
    destination text not null,
    kind text not null,
    body text not null,
    unique (cell, destination, kind)
) strict;

-- API tokens; roles is a JSON array.
create table token (
    id text primary key,
    name text not null,
    roles text not null,
    secret_hash text not null unique,
    created_at integer not null,
    revoked_at integer
) strict;

create trigger journal_no_update before update on journal
begin
    select raise(abort, 'the journal is append-only');
end;

create trigger journal_no_delete before delete on journal
begin
    select raise(abort, 'the journal is append-only');
end;

-- "insert or replace" deletes without asking the trigger for deletes.
create trigger journal_no_replace before insert on journal
when exists (select 1 from journal where cell = new.cell and sequence = new.sequence)
begin
    select raise(abort, 'the journal is append-only');
end;
