-- Who may approve in whose stead, until when.

create table delegation (
    cell text not null,
    number bigint not null,
    body jsonb not null,
    primary key (cell, number)
);
