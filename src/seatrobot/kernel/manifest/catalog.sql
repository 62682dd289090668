-- One row for each object of a database: kind, name, body. Without what differs between two servers
-- by right: numbers of objects, passwords, places, sizes. %%(names)s: by the name of a role or
-- database, what stands for it. Run with search_path = pg_catalog, pg_temp; with an empty one,
-- temporary views of a login event trigger would come before the catalogs.
WITH names AS (SELECT r.oid, CASE r.oid WHEN 10 THEN '{administrator}' ELSE coalesce(%(names)s::jsonb ->> r.rolname,
         r.rolname::text) END AS role FROM pg_roles r
               UNION ALL SELECT 0, 'PUBLIC'),
ns AS (SELECT oid, nspname FROM pg_namespace
       WHERE nspname NOT LIKE 'pg\_temp\_%%' AND nspname NOT LIKE 'pg\_toast%%'),
sys AS (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema')),
-- objects that count: everything outside the system's schemas, and in them whatever initdb did not make
rel AS (SELECT c.*, n.nspname,
          -- all partitions of one table share one name: one that differs from its siblings is a line of its own
          CASE WHEN c.relispartition THEN (SELECT min(p.relname) FROM pg_class p WHERE p.oid = pg_partition_root(c.oid)) || '/*'
               ELSE c.relname END AS shown
        FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
        WHERE (c.relnamespace NOT IN (SELECT oid FROM sys) OR c.oid >= 16384)),
acls AS (
  SELECT 'relation' k, c.oid o, 0 s, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) a,
         relowner w FROM pg_class c WHERE relkind IN ('r','p','v','m','S','f')
  UNION ALL SELECT 'column', attrelid, attnum, attacl, (SELECT relowner FROM pg_class WHERE oid = attrelid) FROM pg_attribute
         WHERE attacl IS NOT NULL AND NOT attisdropped
  UNION ALL SELECT 'function', oid, 0, coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc
  UNION ALL SELECT 'schema', oid, 0, coalesce(nspacl, acldefault('n', nspowner)), nspowner FROM pg_namespace
  UNION ALL SELECT 'type', oid, 0, coalesce(typacl, acldefault('T', typowner)), typowner FROM pg_type
  UNION ALL SELECT 'language', oid, 0, coalesce(lanacl, acldefault('l', lanowner)), lanowner FROM pg_language
  UNION ALL SELECT 'database', oid, 0, coalesce(datacl, acldefault('d', datdba)), datdba FROM pg_database
  UNION ALL SELECT 'tablespace', oid, 0, coalesce(spcacl, acldefault('t', spcowner)), spcowner FROM pg_tablespace
  UNION ALL SELECT 'server', oid, 0, coalesce(srvacl, acldefault('S', srvowner)), srvowner FROM pg_foreign_server
  UNION ALL SELECT 'fdw', oid, 0, coalesce(fdwacl, acldefault('F', fdwowner)), fdwowner FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'parameter', oid, 0, paracl, 10 FROM pg_parameter_acl
  UNION ALL SELECT 'default', oid, 0, defaclacl, defaclrole FROM pg_default_acl),
acl AS (SELECT k, o, s, string_agg(t, ' ' ORDER BY t COLLATE "C") AS acl FROM (
          SELECT k, o, s, g.role || '=' || string_agg(x.privilege_type || CASE WHEN x.is_grantable AND x.grantee <> w THEN '*' ELSE '' END,
         ',' ORDER BY x.privilege_type COLLATE "C")
                 || '/' || coalesce(b.role, x.grantor::text) AS t
          FROM acls, aclexplode(a) x LEFT JOIN names g ON g.oid = x.grantee LEFT JOIN names b ON b.oid = x.grantor
          WHERE NOT (x.privilege_type = 'MAINTAIN' AND x.grantee = w)          -- PostgreSQL 17 on
          GROUP BY k, o, s, g.role, coalesce(b.role, x.grantor::text)) y GROUP BY k, o, s)

SELECT 'schema' AS kind, n.nspname::text AS name, format('owner %%s acl %%s', w.role, a.acl) AS body
  FROM ns n0 JOIN pg_namespace n ON n.oid = n0.oid JOIN names w ON w.oid = n.nspowner LEFT JOIN acl a ON a.k = 'schema' AND a.o = n.oid
UNION
SELECT 'relation', format('%%s.%%s', c.nspname, c.shown),
       format('kind %%s owner %%s persistence %%s rls %%s/%%s options %%s tablespace %%s am %%s acl %%s part %%s of %%s def %%s',
         c.relkind, w.role, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.reltablespace,
         (SELECT amname FROM pg_am WHERE oid = c.relam), a.acl, CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
         (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid AND NOT c.relispartition),
         CASE WHEN c.relkind IN ('v','m') THEN pg_get_viewdef(c.oid) END)
  FROM rel c JOIN names w ON w.oid = c.relowner LEFT JOIN acl a ON a.k = 'relation' AND a.o = c.oid
  WHERE c.relkind IN ('r','p','v','m','f','S','c')
UNION
SELECT 'column', format('%%s.%%s.%%s', c.nspname, c.shown, t.attname),
       format('%%s%%s%%s%%s%%s collate %%s acl %%s options %%s', format_type(t.atttypid, t.atttypmod), CASE WHEN t.attnotnull THEN ' not null' END,
         CASE WHEN t.attidentity <> '' THEN ' identity ' || t.attidentity::text END,
         CASE WHEN t.attgenerated <> '' THEN ' generated ' || t.attgenerated::text END,
         ' default ' || pg_get_expr(d.adbin, d.adrelid),
         CASE WHEN t.attcollation <> 0 THEN (SELECT collname FROM pg_collation WHERE oid = t.attcollation) END, a.acl, t.attfdwoptions)
  FROM rel c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = t.attnum LEFT JOIN acl a ON a.k = 'column' AND a.o = c.oid AND a.s = t.attnum
  WHERE c.relkind IN ('r','p','v','m','f','c')
UNION
SELECT 'constraint', format('%%s.%%s.%%s', c.nspname, coalesce(c.shown, '-'), CASE WHEN c.relispartition THEN '*' ELSE k.conname END),
       format('%%s valid %%s', pg_get_constraintdef(k.oid), k.convalidated)
  FROM pg_constraint k JOIN rel c ON c.oid = k.conrelid WHERE k.contype <> 'n'          -- 18 keeps NOT NULL here, 15 does not: see column
UNION
SELECT 'index', CASE WHEN t.relispartition THEN format('%%s.%%s', t.nspname, t.shown) ELSE format('%%s.%%s', c.nspname, c.relname) END,
       CASE WHEN t.relispartition THEN regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \S+ ON \S+',
         'INDEX * ON *') ELSE pg_get_indexdef(i.indexrelid) END
       || format(' valid %%s ready %%s live %%s cluster %%s replident %%s', i.indisvalid, i.indisready, i.indislive, i.indisclustered,
         i.indisreplident)
  FROM pg_index i JOIN rel c ON c.oid = i.indexrelid JOIN rel t ON t.oid = i.indrelid
UNION
SELECT 'policy', format('%%s.%%s.%%s', c.nspname, c.shown, p.polname),
       format('%%s permissive %%s to %%s using %%s check %%s', p.polcmd, p.polpermissive,
         (SELECT string_agg(n.role, ',' ORDER BY n.role) FROM names n WHERE n.oid = ANY (p.polroles)), pg_get_expr(p.polqual, p.polrelid),
         pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_policy p JOIN rel c ON c.oid = p.polrelid
UNION
SELECT 'trigger', format('%%s.%%s.%%s', c.nspname, c.shown, CASE WHEN t.tgisinternal THEN 'for ' || coalesce(k.conname,
         '?') || ' ' || t.tgfoid::regproc ELSE t.tgname END),
       format('enabled %%s %%s', t.tgenabled,
         CASE WHEN t.tgisinternal THEN 'internal' WHEN c.relispartition THEN regexp_replace(pg_get_triggerdef(t.oid), ' ON \S+',
         ' ON *') ELSE pg_get_triggerdef(t.oid) END)
  FROM pg_trigger t JOIN rel c ON c.oid = t.tgrelid LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
UNION
SELECT 'rule', format('%%s.%%s.%%s', c.nspname, c.shown, r.rulename), format('enabled %%s %%s', r.ev_enabled, pg_get_ruledef(r.oid))
  FROM pg_rewrite r JOIN rel c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION
SELECT 'function', format('%%s.%%s(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
       format('owner %%s acl %%s definer %%s leakproof %%s config %%s lib %%s %%s', w.role, a.acl, p.prosecdef, p.proleakproof, p.proconfig, p.probin,
         CASE WHEN p.prokind IN ('f','p','w') THEN pg_get_functiondef(p.oid) ELSE p.prosrc END)
  FROM pg_proc p JOIN ns n ON n.oid = p.pronamespace JOIN names w ON w.oid = p.proowner LEFT JOIN acl a ON a.k = 'function' AND a.o = p.oid
  WHERE p.oid >= 16384 OR p.pronamespace NOT IN (SELECT oid FROM sys)
UNION
SELECT 'sequence', format('%%s.%%s', c.nspname, c.relname),
       format('%%s start %%s by %%s min %%s max %%s cache %%s cycle %%s owned by %%s', format_type(s.seqtypid, NULL), s.seqstart,
         s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
         (SELECT d.refobjid::regclass || '.' || t.attname || ' ' || d.deptype::text FROM pg_depend d
         JOIN pg_attribute t ON t.attrelid = d.refobjid AND t.attnum = d.refobjsubid
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a','i') LIMIT 1))
  FROM pg_sequence s JOIN rel c ON c.oid = s.seqrelid
UNION
SELECT 'type', format('%%s.%%s', n.nspname, t.typname),
       format('%%s owner %%s acl %%s base %%s%%s default %%s check %%s labels %%s', t.typtype, w.role, a.acl,
         CASE WHEN t.typbasetype <> 0 THEN format_type(t.typbasetype, t.typtypmod) END, CASE WHEN t.typnotnull THEN ' not null' END, t.typdefault,
         (SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), '; ' ORDER BY conname) FROM pg_constraint WHERE contypid = t.oid),
         (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
  FROM pg_type t JOIN ns n ON n.oid = t.typnamespace JOIN names w ON w.oid = t.typowner LEFT JOIN acl a ON a.k = 'type' AND a.o = t.oid
  WHERE (t.oid >= 16384 OR n.oid NOT IN (SELECT oid FROM sys)) AND t.typelem = 0
    AND NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c') AND t.typtype <> 'm'
UNION
SELECT 'event trigger', e.evtname, format('%%s %%s owner %%s enabled %%s %%s', e.evtevent, e.evttags, w.role, e.evtenabled,
         e.evtfoid::regprocedure) FROM pg_event_trigger e JOIN names w ON w.oid = e.evtowner
UNION
SELECT 'extension', e.extname, format('%%s schema %%s owner %%s', e.extversion, e.extnamespace::regnamespace, w.role)
         FROM pg_extension e JOIN names w ON w.oid = e.extowner
UNION
SELECT 'language', l.lanname, format('trusted %%s owner %%s acl %%s handler %%s', l.lanpltrusted, w.role, a.acl,
         l.lanplcallfoid::regproc) FROM pg_language l JOIN names w ON w.oid = l.lanowner LEFT JOIN acl a ON a.k = 'language' AND a.o = l.oid
UNION
SELECT 'publication', p.pubname, format('owner %%s all %%s ops %%s%%s%%s%%s root %%s tables %%s', w.role, p.puballtables, p.pubinsert,
         p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
         (SELECT string_agg(prrelid::regclass || coalesce(' where ' || pg_get_expr(prqual, prrelid), ''),
         ',' ORDER BY prrelid::regclass::text) FROM pg_publication_rel WHERE prpubid = p.oid)) FROM pg_publication p
         JOIN names w ON w.oid = p.pubowner
UNION
SELECT 'subscription', s.subname, format('owner %%s enabled %%s slot %%s publications %%s', w.role, s.subenabled, s.subslotname,
         s.subpublications) FROM pg_subscription s JOIN names w ON w.oid = s.subowner
UNION
SELECT 'slot', slot_name, format('%%s %%s database %%s temporary %%s', slot_type, plugin, database, temporary) FROM pg_replication_slots
UNION
SELECT 'server', s.srvname, format('wrapper %%s owner %%s acl %%s options %%s', f.fdwname, w.role, a.acl, s.srvoptions)
         FROM pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw JOIN names w ON w.oid = s.srvowner LEFT
         JOIN acl a ON a.k = 'server' AND a.o = s.oid
UNION
SELECT 'user mapping', format('%%s/%%s', srvname, usename), '' FROM pg_user_mappings
UNION
SELECT 'foreign table', ftrelid::regclass::text, ftoptions::text FROM pg_foreign_table
UNION
SELECT 'role', w.role,
         format('super %%s inherit %%s createrole %%s createdb %%s login %%s replication %%s bypassrls %%s limit %%s until %%s',
         r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil)
  FROM pg_roles r JOIN names w ON w.oid = r.oid
UNION
SELECT 'member', format('%%s in %%s', m.role, g.role), format('admin %%s%%s', x.admin_option, (SELECT format(' inherit %%s set %%s',
         coalesce(to_jsonb(x) ->> 'inherit_option', 'true'), coalesce(to_jsonb(x) ->> 'set_option', 'true')))) -- PostgreSQL 16 on
         FROM pg_auth_members x JOIN names m ON m.oid = x.member
         JOIN names g ON g.oid = x.roleid
UNION
SELECT 'role setting', format('%%s in %%s', coalesce(w.role, 'all'), coalesce((SELECT coalesce(%(names)s::jsonb ->> datname, datname)
         FROM pg_database WHERE oid = s.setdatabase), 'all')), (SELECT string_agg(c, ' ' ORDER BY c) FROM unnest(s.setconfig) c)
         FROM pg_db_role_setting s LEFT JOIN names w ON w.oid = s.setrole AND s.setrole <> 0
UNION
SELECT 'default acl', format('%%s %%s %%s', w.role, coalesce((SELECT nspname FROM pg_namespace WHERE oid = d.defaclnamespace), 'all'),
         d.defaclobjtype), a.acl FROM pg_default_acl d JOIN names w ON w.oid = d.defaclrole LEFT JOIN acl a ON a.k = 'default' AND a.o = d.oid
UNION
SELECT 'database', coalesce(%(names)s::jsonb ->> d.datname, d.datname),
         format('owner %%s template %%s connect %%s limit %%s encoding %%s acl %%s', w.role, d.datistemplate, d.datallowconn,
         d.datconnlimit, pg_encoding_to_char(d.encoding), a.acl) FROM pg_database d JOIN names w ON w.oid = d.datdba LEFT
         JOIN acl a ON a.k = 'database' AND a.o = d.oid
UNION
SELECT 'tablespace', t.spcname, format('owner %%s acl %%s', w.role, a.acl) FROM pg_tablespace t
         JOIN names w ON w.oid = t.spcowner LEFT JOIN acl a ON a.k = 'tablespace' AND a.o = t.oid
UNION
SELECT 'parameter acl', p.parname, a.acl FROM pg_parameter_acl p LEFT JOIN acl a ON a.k = 'parameter' AND a.o = p.oid
UNION
-- grants on the system's own objects that initdb did not give
SELECT 'system grant', format('%%s %%s', a.k,
         CASE a.k WHEN 'relation' THEN a.o::regclass::text WHEN 'function' THEN a.o::regprocedure::text WHEN 'type' THEN a.o::regtype::text END), string_agg(n.role || '=' || x.privilege_type, ' ' ORDER BY n.role || x.privilege_type)
  FROM acls a, aclexplode(a.a) x JOIN names n ON n.oid = x.grantee
  WHERE a.k IN ('relation', 'function', 'type') AND a.o < 16384 AND x.grantee <> a.w
    AND NOT EXISTS (SELECT 1 FROM pg_init_privs i, aclexplode(i.initprivs) y WHERE i.objoid = a.o AND i.objsubid = 0
         AND y.grantee = x.grantee AND y.privilege_type = x.privilege_type)
    AND NOT (x.grantee = 0 AND (a.k, x.privilege_type) IN (('function', 'EXECUTE'), ('type', 'USAGE')) AND NOT EXISTS (SELECT 1
         FROM pg_init_privs i WHERE i.objoid = a.o AND i.objsubid = 0))
    AND NOT (x.grantee = 0 AND x.privilege_type = 'SELECT' AND a.k = 'relation' AND EXISTS (
      SELECT FROM pg_class c WHERE c.oid = a.o AND c.relnamespace = 'information_schema'::regnamespace))
  GROUP BY a.k, a.o
UNION
SELECT 'system', 'functions', md5(string_agg(md5(format('%%s %%s %%s %%s %%s %%s', oid, proname, prosecdef, proconfig, prosrc,
         prosqlbody)), '' ORDER BY oid)) FROM pg_proc WHERE oid < 16384
UNION
SELECT 'system', 'views', md5(string_agg(md5(ev_action::text), '' ORDER BY oid)) FROM pg_rewrite WHERE oid < 16384
UNION
SELECT 'system', 'operators and casts', md5((SELECT string_agg(format('%%s %%s', oid, oprcode), ' ' ORDER BY oid)
         FROM pg_operator) || (SELECT string_agg(format('%%s %%s %%s', castsource, casttarget, castfunc), ' ' ORDER BY castsource,
         casttarget) FROM pg_cast))
UNION
SELECT 'large objects', 'any', (SELECT count(*) FROM pg_largeobject_metadata)::text
UNION
SELECT 'prepared transactions', 'any', (SELECT count(*) FROM pg_prepared_xacts)::text
UNION
SELECT 'setting', name, setting FROM pg_settings
  WHERE source IN ('configuration file', 'command line', 'environment variable', 'global') AND setting IS DISTINCT FROM boot_val
    AND name NOT IN ('data_directory', 'config_file', 'hba_file', 'ident_file', 'unix_socket_directories', 'port', 'lc_messages',
         'lc_monetary', 'lc_numeric', 'lc_time', 'log_timezone', 'TimeZone', 'default_text_search_config', 'cluster_name',
         'shared_buffers', 'effective_cache_size', 'work_mem', 'maintenance_work_mem', 'max_connections', 'dynamic_shared_memory_type', 'DateStyle')
UNION
-- whatever else somebody made: operators, collations, statistics, access methods ...
SELECT i.type, i.identity, '' FROM (
    SELECT 'pg_operator'::regclass c, oid FROM pg_operator UNION ALL SELECT 'pg_collation'::regclass, oid
         FROM pg_collation UNION ALL SELECT 'pg_conversion'::regclass, oid FROM pg_conversion
    UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass UNION ALL SELECT 'pg_opfamily'::regclass, oid
         FROM pg_opfamily UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config
    UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict UNION ALL SELECT 'pg_ts_parser'::regclass, oid
         FROM pg_ts_parser UNION ALL SELECT 'pg_ts_template'::regclass, oid FROM pg_ts_template
    UNION ALL SELECT 'pg_am'::regclass, oid FROM pg_am UNION ALL SELECT 'pg_transform'::regclass, oid
         FROM pg_transform UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext
    UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid
         FROM pg_foreign_data_wrapper) o, pg_identify_object(o.c, o.oid, 0) i
  WHERE o.oid >= 16384
UNION
SELECT 'comments', 'any', md5(coalesce(string_agg(i.identity || d.description, '' ORDER BY i.identity, d.description), ''))
         FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i WHERE d.objoid >= 16384
UNION
SELECT 'security labels', 'any', count(*)::text FROM pg_seclabels
