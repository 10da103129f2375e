SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE relkind = 'r';
