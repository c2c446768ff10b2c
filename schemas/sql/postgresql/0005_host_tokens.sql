-- Tokens that let a host join once, and the hosts that have. A host of '' is any.

create table host_token (
    id text primary key,
    cell text not null,
    host text not null,
    secret_hash text not null unique,
    created_by text not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint,
    used_by text,
    revoked_at bigint
);

create table enrolled_host (
    cell text not null,
    host text not null,
    token text not null,
    enrolled_at bigint not null,
    primary key (cell, host)
);
