-- Secrets, encrypted by the control plane; the key is not in here.

create table secret (
    cell text not null,
    name text not null,
    body text not null,
    primary key (cell, name)
) strict;
