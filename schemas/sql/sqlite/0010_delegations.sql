-- Who may approve in whose stead, until when.

create table delegation (
    cell text not null,
    number integer not null,
    body text not null,
    primary key (cell, number)
) strict;
