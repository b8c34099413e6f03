<?php

namespace Dormouse;

/** Statements that never print: an error is a return value, also where the site shows database errors. */
final class Database
{
    /**
     * @param string $sql       with %s and %d for each value
     * @param array  $values
     * @return int|false rows touched
     */
    public static function quietly(string $sql, array $values = [])
    {
        return self::run(static function ($wpdb) use ($sql, $values) {
            $done = $wpdb->query($values ? $wpdb->prepare($sql, $values) : $sql);
            return is_bool($done) ? ($done ? 0 : false) : (int) $done;
        });
    }

    /**
     * As quietly(), and makes the table when that is what is missing: dbDelta() would load the admin's files into the
     * page.
     *
     * @param string $ddl `CREATE TABLE …` of the statement's table
     * @return int|false rows touched
     */
    public static function write(string $ddl, string $sql, array $values = [])
    {
        $done = self::quietly($sql, $values);
        if ($done === false) {
            self::quietly(str_replace('CREATE TABLE ', 'CREATE TABLE IF NOT EXISTS ', $ddl));
            $done = self::quietly($sql, $values);
        }
        return $done;
    }

    /** The full name of one of our tables on this blog. */
    public static function table(string $name): string
    {
        global $wpdb;
        return $wpdb->prefix . 'dormouse_' . $name;
    }

    public static function has_table(string $table): bool
    {
        global $wpdb;
        return self::rows('SHOW TABLES LIKE %s', [$wpdb->esc_like($table)]) !== [];
    }

    /** @return array<int,array<string,mixed>> empty also after an error */
    public static function rows(string $sql, array $values = []): array
    {
        $rows = self::run(static function ($wpdb) use ($sql, $values) {
            return $wpdb->get_results($values ? $wpdb->prepare($sql, $values) : $sql, ARRAY_A);
        });
        return is_array($rows) ? $rows : [];
    }

    /** @return mixed */
    private static function run(callable $statement)
    {
        global $wpdb;
        $before = $wpdb->suppress_errors(true);
        try {
            return $statement($wpdb);
        } finally {
            $wpdb->suppress_errors($before);
        }
    }
}
