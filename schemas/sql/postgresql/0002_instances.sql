-- Instances are many and change often: what is searched and counted is in columns, in the order of their numbers; body has
-- the rest. What hosts were assigned, and what is owed to whom, is small and changes with every decision: beside the hosts.

create table assignment (
    cell text not null,
    host text not null,
    revision bigint not null,
    primary key (cell, host)
);

insert into assignment (cell, host, revision)
select cell, id, (body ->> 'assignmentRevision')::bigint from host;

update host set body = body - 'assignmentRevision';

create table placed_instance (
    cell text not null,
    service text not null,
    stage text not null,
    number bigint not null,
    version text not null,
    host text not null,
    generation bigint not null,
    placed_at bigint not null,
    phase text not null,
    observed text not null,
    body jsonb not null,
    primary key (cell, service, stage, number)
);

insert into placed_instance
    (cell, service, stage, number, version, host, generation, placed_at, phase, observed, body)
select
    cell,
    service,
    stage,
    substr(id, length(service) + length(stage) + 3)::bigint,
    version,
    host,
    (body ->> 'generation')::bigint,
    (extract(epoch from (body ->> 'placedAt')::timestamptz) * 1000000)::bigint,
    phase,
    observed,
    jsonb_build_object('demand', body -> 'demand', 'phase', body -> 'phase', 'observed', body -> 'observed')
from instance;

drop table instance;
alter table placed_instance rename to instance;
alter index placed_instance_pkey rename to instance_pkey;

-- Who is owed a level, and which; the level itself is read off the state when it is sent.
drop table outbox;

create table outbox (
    cell text not null,
    kind text not null,
    receiver text not null,
    epoch bigint not null,
    revision bigint not null,
    primary key (cell, kind, receiver)
);
