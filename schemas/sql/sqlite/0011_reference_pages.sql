-- What two halves of a stage's instances answered between rollouts, some minutes a row. A stage has so many slots, and the newest page
-- takes that of the oldest.

create table reference_page (
    cell text not null,
    service text not null,
    stage text not null,
    slot integer not null,
    body text not null,
    primary key (cell, service, stage, slot)
) strict;
