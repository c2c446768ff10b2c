-- Windows: when trains may depart and rollouts may begin. "window" is a word of SQL.

create table window_rule (
    cell text not null,
    name text not null,
    body jsonb not null,
    primary key (cell, name)
);
