<?php

namespace Dormouse\Grant;

use Dormouse\Database;

/** Statements whose failure must never look like "there is none": a second key would be the answer to that. */
final class Sql
{
    /**
     * @return array<int,array<string,mixed>>
     * @throws Refusal 503
     */
    public static function rows(string $sql, array $values = []): array
    {
        global $wpdb;
        $rows = Database::rows($sql, $values);
        if ($wpdb->last_error !== '') {
            throw self::failed();
        }
        return $rows;
    }

    /**
     * @return int rows changed
     * @throws Refusal 503
     */
    public static function change(string $sql, array $values = []): int
    {
        $done = Database::quietly($sql, $values);
        if ($done === false) {
            throw self::failed();
        }
        return $done;
    }

    private static function failed(): Refusal
    {
        return Refusal::database('the database did not answer');
    }
}
