-- Judgements that something followed from, each with the evidence that it rests on. Evidence of running steps takes another form, so
-- it is gathered anew; what was concluded before is kept in words.

create table judgement (
    cell text not null,
    rollout text not null,
    number integer not null,
    body text not null,
    primary key (cell, rollout, number)
) strict;

update rollout set body = json_set(
    json_remove(body, '$.buckets'),
    '$.verdict',
    case
        when json_type(body, '$.verdict') is null or json_type(body, '$.verdict') = 'null' then json('null')
        else json_object(
            'outcome', json_extract(body, '$.verdict.outcome'),
            'reason', json_extract(body, '$.verdict.reason'),
            'metrics', json('[]')
        )
    end
);
