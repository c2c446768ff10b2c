-- What was seen of a canary, some minutes a row: a page never changes, so that a new sample writes no old ones. How many pages a rollout
-- has stands beside it; later samples are in its body. Pages of an earlier step, with higher numbers, mean nothing.

create table evidence_page (
    cell text not null,
    rollout text not null,
    number integer not null,
    body text not null,
    primary key (cell, rollout, number)
) strict;

alter table rollout add column evidence_pages integer not null default 0;
