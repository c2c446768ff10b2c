-- Judgements that something followed from, each with the evidence that it rests on. Evidence of running steps takes another form, so
-- it is gathered anew; what was concluded before is kept in words.

create table judgement (
    cell text not null,
    rollout text not null,
    number bigint not null,
    body jsonb not null,
    primary key (cell, rollout, number)
);

update rollout set body = jsonb_set(
    body - 'buckets',
    '{verdict}',
    case
        when body -> 'verdict' is null or jsonb_typeof(body -> 'verdict') = 'null' then 'null'::jsonb
        else jsonb_build_object(
            'outcome', body #> '{verdict,outcome}', 'reason', body #> '{verdict,reason}', 'metrics', '[]'::jsonb
        )
    end
);
