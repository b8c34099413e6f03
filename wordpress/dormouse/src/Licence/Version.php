<?php

namespace Dormouse\Licence;

use Dormouse\Database;

/**
 * `{prefix}dormouse_version`: a number that grows with every event of a subscription, so that the worker knows the
 * newest (last writer wins) and one event told by two plugins is one.
 *
 * It is at least the Unix time in seconds: when the table is lost or restored from yesterday, numbers go on growing, and
 * the worker does not take new events for old ones.
 */
final class Version
{
    /**
     * What was told in this request, by subscription: `version`, and who told it for what.
     *
     * @var array<string,array{version:int,told:array<string,bool>}>
     */
    private static $events = [];

    public static function table(): string
    {
        return Database::table('version');
    }

    public static function ddl(): string
    {
        global $wpdb;
        return 'CREATE TABLE ' . self::table() . ' (
  subscription_id bigint(20) unsigned NOT NULL,
  version bigint(20) unsigned NOT NULL,
  PRIMARY KEY  (subscription_id)
) ' . $wpdb->get_charset_collate();
    }

    /**
     * The version of an event.
     *
     * Two plugins may tell the same event, each by its own action, in one request: they get the same number. The same
     * listener told again in one request is another event.
     *
     * @param string $event what happened: `active` …
     * @param string $teller which listener heard it, of which action
     */
    public static function of(int $subscription_id, string $event, string $teller): int
    {
        $name = get_current_blog_id() . ':' . $subscription_id . ':' . $event;
        $known = self::$events[$name] ?? null;
        if ($known === null || isset($known['told'][$teller])) {
            $known = ['version' => self::next($subscription_id), 'told' => []];
        }
        $known['told'][$teller] = true;
        self::$events[$name] = $known;
        return $known['version'];
    }

    /** Greater than all before it, also when two requests ask at once. */
    public static function next(int $subscription_id): int
    {
        $done = Database::write(
            self::ddl(),
            'INSERT INTO ' . self::table() . ' (subscription_id, version) VALUES (%d, LAST_INSERT_ID(UNIX_TIMESTAMP()))'
            . ' ON DUPLICATE KEY UPDATE version = LAST_INSERT_ID(GREATEST(version + 1, UNIX_TIMESTAMP()))',
            [$subscription_id]
        );
        $rows = $done === false ? [] : Database::rows('SELECT LAST_INSERT_ID() AS version');
        // Without the table: the clock alone grows, too.
        return (int) ($rows[0]['version'] ?? time());
    }
}
