-- Bodies are written and read whole, and nothing asks for a part of one. So they are kept as they are written: jsonb takes each apart,
-- which was most of what a batch of rollouts cost.

alter table pool alter column body type json using body::json;
alter table service alter column body type json using body::json;
alter table version alter column body type json using body::json;
alter table line alter column body type json using body::json;
alter table train alter column body type json using body::json;
alter table rollout alter column body type json using body::json;
alter table deployment alter column body type json using body::json;
alter table host alter column body type json using body::json;
alter table instance alter column body type json using body::json;
alter table team alter column body type json using body::json;
alter table rebalance alter column body type json using body::json;
alter table rebalance_step alter column body type json using body::json;
alter table window_rule alter column body type json using body::json;
alter table secret alter column body type json using body::json;
alter table judgement alter column body type json using body::json;
alter table delegation alter column body type json using body::json;
alter table reference_page alter column body type json using body::json;
alter table evidence_page alter column body type json using body::json;
