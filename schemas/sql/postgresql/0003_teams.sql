-- Teams with their quotas.

create table team (
    cell text not null,
    name text not null,
    body jsonb not null,
    primary key (cell, name)
);
