-- Which cluster this is, by the number that it got when it was made and that its standbys share.
select system_identifier::pg_catalog.text as system_identifier from pg_catalog.pg_control_system()
