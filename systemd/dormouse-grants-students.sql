-- More rights of the worker's account, for the sleepers scan and the letters (docs/sleepers.md): students and levels, read
-- only. After dormouse-grants.sql. Where the database is not `wordpress` or the prefix not `wp_`, replace them, too.
-- The two user tables may have names of their own: site.database.users_table and usermeta_table.
GRANT SELECT (ID, user_login, user_email, display_name) ON wordpress.wp_users TO dormouse@localhost;
GRANT SELECT (umeta_id, user_id, meta_key, meta_value) ON wordpress.wp_usermeta TO dormouse@localhost;
GRANT SELECT (term_id, name, slug) ON wordpress.wp_terms TO dormouse@localhost;
GRANT SELECT (term_id, taxonomy, parent) ON wordpress.wp_term_taxonomy TO dormouse@localhost;
GRANT SELECT (meta_id, term_id, meta_key, meta_value) ON wordpress.wp_termmeta TO dormouse@localhost;

-- The site's time zone, its date format and the address of its administrator.
GRANT SELECT (option_name, option_value) ON wordpress.wp_options TO dormouse@localhost;

-- Leave out `is_unlimited` where the table has no such column (older sites).
GRANT SELECT (id, term_id, user_id, status, key_type, is_banned, is_unlimited, date_start, date_end) ON wordpress.wp_memberlux_term_keys TO dormouse@localhost;

-- Only with the certificates plugin, and with the companion plugin.
GRANT SELECT (certificate_id, user_id, wpmlevel_id, date_issue, create_date) ON wordpress.wp_memberlux_certificate TO dormouse@localhost;
GRANT SELECT (certificate_id, how) ON wordpress.wp_dormouse_certificate TO dormouse@localhost;
