-- Rebalances of pools, and their moves.

create table rebalance (
    cell text not null,
    number bigint not null,
    phase text not null,
    started_at bigint not null,
    body jsonb not null,
    primary key (cell, number)
);

create table rebalance_step (
    cell text not null,
    rebalance bigint not null,
    number bigint not null,
    state text not null,
    body jsonb not null,
    primary key (cell, rebalance, number)
);
