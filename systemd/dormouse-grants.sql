-- The worker's own database account and the least it needs (docs/install.md). Replace @PASSWORD@; where the database is
-- not `wordpress` or the prefix not `wp_`, replace them, too.
-- Only one shape of the hook tables exists on a site: keep its part and delete the other.

CREATE USER dormouse@localhost IDENTIFIED BY '@PASSWORD@';

-- Dormouse's own tables, which `dormouse migrate` makes.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_schema TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_delivery TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_hook TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_outbox TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_charge TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_subscription TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_reminder TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_suppression TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_sleeper TO dormouse@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON wordpress.wp_dormouse_scan TO dormouse@localhost;

-- Only where `scheduler.housekeeping.grant_audit` is set: the plugin's table.
-- GRANT SELECT, DELETE ON wordpress.wp_dormouse_grant_audit TO dormouse@localhost;

-- shape 1: wp_memberlux_hook has a column `url`.
GRANT SELECT (id, name, url, event, is_active, secret), UPDATE (is_active) ON wordpress.wp_memberlux_hook TO dormouse@localhost;
GRANT INSERT ON wordpress.wp_memberlux_hook_action TO dormouse@localhost;

-- shape 2: wp_memberlux_hook has a column `destination`.
GRANT SELECT (id, destination, active), UPDATE (active) ON wordpress.wp_memberlux_hook TO dormouse@localhost;
GRANT SELECT (hook_id, action) ON wordpress.wp_memberlux_hook_action TO dormouse@localhost;
