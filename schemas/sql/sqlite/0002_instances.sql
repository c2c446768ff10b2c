-- Instances are many and change often: what is searched and counted is in columns, in the order of their numbers; body has
-- the rest. What hosts were assigned, and what is owed to whom, is small and changes with every decision: beside the hosts.

create table assignment (
    cell text not null,
    host text not null,
    revision integer not null,
    primary key (cell, host)
) strict, without rowid;

insert into assignment (cell, host, revision)
select cell, id, json_extract(body, '$.assignmentRevision') from host;

update host set body = json_remove(body, '$.assignmentRevision');

create table placed_instance (
    cell text not null,
    service text not null,
    stage text not null,
    number integer not null,
    version text not null,
    host text not null,
    generation integer not null,
    placed_at integer not null,
    phase text not null,
    observed text not null,
    body text not null,
    primary key (cell, service, stage, number)
) strict, without rowid;

insert into placed_instance
    (cell, service, stage, number, version, host, generation, placed_at, phase, observed, body)
select
    cell,
    service,
    stage,
    cast(substr(id, length(service) + length(stage) + 3) as integer),
    version,
    host,
    json_extract(body, '$.generation'),
    cast(round((julianday(json_extract(body, '$.placedAt')) - 2440587.5) * 86400000) as integer) * 1000,
    phase,
    observed,
    json_object(
        'demand', json_extract(body, '$.demand'),
        'phase', json_extract(body, '$.phase'),
        'observed', json_extract(body, '$.observed')
    )
from instance;

drop table instance;
alter table placed_instance rename to instance;

-- Who is owed a level, and which; the level itself is read off the state when it is sent.
drop table outbox;

create table outbox (
    cell text not null,
    kind text not null,
    receiver text not null,
    epoch integer not null,
    revision integer not null,
    primary key (cell, kind, receiver)
) strict, without rowid;
