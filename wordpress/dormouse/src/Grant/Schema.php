<?php

namespace Dormouse\Grant;

use Dormouse\Database;

/** The two tables of grants and the daily clearing of the audit. */
final class Schema
{
    public const CLEANUP = 'dormouse_grant_cleanup';
    private const BATCH = 5000;
    /** A day's share; what is left waits for tomorrow. */
    private const MOST_BATCHES = 200;

    public static function grants(): string
    {
        return Database::table('grant');
    }

    public static function audit(): string
    {
        return Database::table('grant_audit');
    }

    /** @return array<string,string> CREATE TABLE statements by table, in the spelling dbDelta() wants */
    public static function tables(): array
    {
        return [self::grants() => self::grants_ddl(), self::audit() => self::audit_ddl()];
    }

    public static function schedule(): void
    {
        if (!wp_next_scheduled(self::CLEANUP)) {
            wp_schedule_event(time() + HOUR_IN_SECONDS, 'daily', self::CLEANUP);
        }
    }

    public static function unschedule(): void
    {
        wp_clear_scheduled_hook(self::CLEANUP);
    }

    /** Deletes old steps of the audit. Grants stay: they are the memory of what was granted. */
    public static function clean_up(): void
    {
        $days = max(1, (int) apply_filters('dormouse_grant_audit_days', 90));
        $before = gmdate('Y-m-d H:i:s', time() - $days * DAY_IN_SECONDS);
        $sql = 'DELETE FROM ' . self::audit() . ' WHERE created_at < %s LIMIT %d';
        for ($batch = 0; $batch < self::MOST_BATCHES && Database::quietly($sql, [$before, self::BATCH]) === self::BATCH; $batch++) {
            continue;
        }
    }

    /**
     * `facts` and `detail` are JSON in ASCII. Ids and codes are compared byte by byte. `version` grows with every
     * change and is the fence: who has an older one has lost the row.
     */
    private static function grants_ddl(): string
    {
        global $wpdb;
        return 'CREATE TABLE ' . self::grants() . " (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  external_id varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  facts text NOT NULL,
  state varchar(12) NOT NULL,
  version int(10) unsigned NOT NULL DEFAULT 1,
  term_id bigint(20) unsigned NOT NULL,
  user_id bigint(20) unsigned DEFAULT NULL,
  floor_id bigint(20) unsigned DEFAULT NULL,
  key_id bigint(20) unsigned DEFAULT NULL,
  code varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  activating tinyint(1) NOT NULL DEFAULT 0,
  told tinyint(1) NOT NULL DEFAULT 0,
  announced tinyint(1) NOT NULL DEFAULT 0,
  date_start date DEFAULT NULL,
  date_end date DEFAULT NULL,
  source varchar(50) NOT NULL DEFAULT '',
  job_id varchar(26) NOT NULL DEFAULT '',
  error varchar(64) NOT NULL DEFAULT '',
  created_at datetime NOT NULL,
  updated_at datetime NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY external_id (external_id),
  KEY job_id (job_id),
  KEY code (code(80)),
  KEY user_id (user_id)
) " . $wpdb->get_charset_collate();
    }

    private static function audit_ddl(): string
    {
        global $wpdb;
        return 'CREATE TABLE ' . self::audit() . " (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  request_id varchar(26) NOT NULL,
  external_id varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  step varchar(40) NOT NULL,
  detail text NOT NULL,
  created_at datetime NOT NULL,
  PRIMARY KEY  (id),
  KEY external_id (external_id),
  KEY created_at (created_at)
) " . $wpdb->get_charset_collate();
    }
}
