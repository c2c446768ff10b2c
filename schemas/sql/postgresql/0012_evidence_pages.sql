-- What was seen of a canary, some minutes a row: a page never changes, so that a new sample writes no old ones. How many pages a rollout
-- has stands beside it; later samples are in its body. Pages of an earlier step, with higher numbers, mean nothing.

create table evidence_page (
    cell text not null,
    rollout text not null,
    number bigint not null,
    body jsonb not null,
    primary key (cell, rollout, number)
);

alter table rollout add column evidence_pages bigint not null default 0;

-- A running canary's row changes with every sample and stays below a block: it is not worth being compressed each time.
alter table rollout set (toast_tuple_target = 8160);
