-- Rebalances of pools, and their moves.

create table rebalance (
    cell text not null,
    number integer not null,
    phase text not null,
    started_at integer not null,
    body text not null,
    primary key (cell, number)
) strict;

create table rebalance_step (
    cell text not null,
    rebalance integer not null,
    number integer not null,
    state text not null,
    body text not null,
    primary key (cell, rebalance, number)
) strict;
