<?php

namespace Dormouse\Bundle;

use Dormouse\Database;

/**
 * `{prefix}dormouse_bundle_step`: which certificate opens which step, from the certificate until the grant has happened.
 *
 * `open_step` is unique per user and program while the step is under way and NULL afterwards: a second certificate for
 * the same step (a double click) finds it taken, a program that somebody starts anew does not.
 */
final class Steps
{
    public static function table(): string
    {
        return Database::table('bundle_step');
    }

    public static function ddl(): string
    {
        global $wpdb;
        return 'CREATE TABLE ' . self::table() . ' (
  certificate_id bigint(20) unsigned NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  program_id bigint(20) unsigned NOT NULL,
  step int(10) unsigned NOT NULL,
  open_step int(10) unsigned DEFAULT NULL,
  current_term_id bigint(20) unsigned NOT NULL,
  next_term_id bigint(20) unsigned NOT NULL,
  created_at datetime NOT NULL,
  granted_at datetime DEFAULT NULL,
  PRIMARY KEY  (certificate_id),
  UNIQUE KEY under_way (user_id,program_id,open_step)
) ' . $wpdb->get_charset_collate();
    }

    /**
     * @param int $step position of the step that the certificate ends
     * @return bool whether the grant is this certificate's to enqueue; true also when it has been before and is not
     *              granted yet
     */
    public static function open(int $certificate_id, int $user_id, int $program_id, int $step, int $current, int $next): bool
    {
        $done = Database::write(
            self::ddl(),
            'INSERT IGNORE INTO ' . self::table() . ' (certificate_id, user_id, program_id, step, open_step,'
            . ' current_term_id, next_term_id, created_at) VALUES (%d, %d, %d, %d, %d, %d, %d, %s)',
            [$certificate_id, $user_id, $program_id, $step, $step, $current, $next, gmdate('Y-m-d H:i:s')]
        );
        if ($done === false) {
            throw new \RuntimeException('the step could not be written');
        }
        $row = $done === 1 ? null : self::find($certificate_id);
        return $done === 1 || $row !== null && $row['granted_at'] === null;
    }

    /** @return array<string,mixed>|null the row */
    public static function find(int $certificate_id): ?array
    {
        return Database::rows('SELECT * FROM ' . self::table() . ' WHERE certificate_id = %d', [$certificate_id])[0] ?? null;
    }

    /** @return array<int,array<string,mixed>> steps under way of a user into a level */
    public static function under_way(int $user_id, int $next_term_id): array
    {
        return Database::rows(
            'SELECT * FROM ' . self::table() . ' WHERE user_id = %d AND next_term_id = %d AND open_step IS NOT NULL',
            [$user_id, $next_term_id]
        );
    }

    /** @return array<int,array<string,mixed>> all that are under way, oldest first */
    public static function all_under_way(int $most): array
    {
        return Database::rows(
            'SELECT * FROM ' . self::table() . ' WHERE open_step IS NOT NULL ORDER BY certificate_id LIMIT %d',
            [$most]
        );
    }

    /** @return bool whether it was under way until now */
    public static function close(int $certificate_id): bool
    {
        return Database::quietly(
            'UPDATE ' . self::table() . ' SET open_step = NULL, granted_at = %s'
            . ' WHERE certificate_id = %d AND open_step IS NOT NULL',
            [gmdate('Y-m-d H:i:s'), $certificate_id]
        ) === 1;
    }
}
