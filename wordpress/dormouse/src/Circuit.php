<?php

namespace Dormouse;

/**
 * Remembers, for all requests, that Redis is away, so that not every page waits to find out.
 *
 * One row in the options table, read and written past the object cache, which may live in the very Redis that is down.
 * When the pause is over, one request tries again and moves the time on, so that the others do not try with it.
 */
final class Circuit
{
    public const OPTION = 'dormouse_redis_down_until';

    /** @var array<string,int> per options table: Unix time until which Redis is left alone; 0 = it works */
    private static $until = [];
    /** @var array<string,bool> per options table: there is a row to delete */
    private static $row = [];

    public static function allows(int $now): bool
    {
        global $wpdb;
        if (!isset(self::$until[$wpdb->options]) || self::$until[$wpdb->options] !== 0) {
            self::$until[$wpdb->options] = self::ask($now);
        }
        return self::$until[$wpdb->options] === 0;
    }

    public static function failed(int $now): void
    {
        global $wpdb;
        $until = $now + Settings::pause();
        self::$until[$wpdb->options] = $until;
        self::$row[$wpdb->options] = true;
        Database::quietly(
            "INSERT INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')"
            . ' ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)',
            [self::OPTION, (string) $until]
        );
    }

    /** @return bool Redis was away before and works again */
    public static function worked(): bool
    {
        global $wpdb;
        if (empty(self::$row[$wpdb->options])) {
            return false;
        }
        self::$row[$wpdb->options] = false;
        Database::quietly("DELETE FROM {$wpdb->options} WHERE option_name = %s", [self::OPTION]);
        return true;
    }

    /** Try at once again: for a person who asks. */
    public static function reset(): void
    {
        global $wpdb;
        self::$row[$wpdb->options] = true;
        self::worked();
        self::$until[$wpdb->options] = 0;
    }

    private static function ask(int $now): int
    {
        global $wpdb;
        $known = self::$until[$wpdb->options] ?? 0;
        if ($known > $now) {
            return $known;
        }
        $rows = Database::rows("SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", [self::OPTION]);
        if (!$rows) {
            return 0;
        }
        $until = (int) $rows[0]['option_value'];
        if ($until > $now) {
            return $until;
        }
        self::$row[$wpdb->options] = true;
        $next = $now + Settings::pause();
        $won = Database::quietly(
            "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s",
            [(string) $next, self::OPTION, $rows[0]['option_value']]
        );
        return $won === 1 ? 0 : $next;
    }
}
