-- What the files of the server say: who gets in, and which settings wait to be applied.
SELECT 'hba' AS kind, format('line %s', row_number() OVER (ORDER BY line_number)) AS name,
  format('%s %s %s %s %s %s %s %s', type, database, user_name, address, netmask, auth_method, options, error) AS body FROM pg_hba_file_rules
UNION ALL
SELECT 'ident', format('%s %s', map_name, sys_name), format('%s %s', pg_username, error)
  FROM pg_ident_file_mappings
UNION ALL
SELECT 'file setting', name, format('%s applied %s error %s', setting, applied, error)
  FROM pg_file_settings WHERE name NOT IN (
  'log_timezone', 'timezone', 'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time', 'default_text_search_config', 'dynamic_shared_memory_type',
  -- What initdb found room for.
  'autovacuum_worker_slots', 'max_connections', 'shared_buffers')
