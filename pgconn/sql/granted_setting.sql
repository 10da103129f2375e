-- Which settings the role that asks was granted; before 15 none can be.
select null::pg_catalog.text as name, false as may_set, false as may_alter_system where false
