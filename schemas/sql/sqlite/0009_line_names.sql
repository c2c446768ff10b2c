-- A service may have several lines, so a line has a name of its own. Those that there are have the name of their service.

alter table line rename column service to name;
