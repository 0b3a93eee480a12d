-- Nothing: these tables are shared with other programs, and may be older than this one.
SELECT 1;
