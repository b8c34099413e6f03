<?php

namespace DormouseTest;

/** The worker's tables that the plugin reads: the statements of `dormouse migrate` themselves, out of its source. */
final class WorkerTables
{
    private const NAMES = ['scan', 'sleeper', 'reminder', 'suppression'];

    public static function create(Site $site, string $prefix = 'wp_'): void
    {
        foreach (self::NAMES as $name) {
            $site->sql(str_replace('{prefix}', $prefix, self::statement($name)));
        }
    }

    public static function drop(Site $site, string $prefix = 'wp_'): void
    {
        foreach (self::NAMES as $name) {
            $site->sql("DROP TABLE IF EXISTS {$prefix}dormouse_$name");
        }
    }

    /** @param array<string,string|int> $values the rest is as the table says, or 0 */
    public static function insert(Site $site, string $name, array $values): void
    {
        $quoted = array_map(static function ($value): string {
            return "'" . addslashes((string) $value) . "'";
        }, $values);
        // Without strict mode a column that has no default gets 0 or ''.
        $site->sql("INSERT INTO wp_dormouse_$name (" . implode(', ', array_keys($quoted)) . ') VALUES (' . implode(', ', $quoted) . ')');
    }

    private static function statement(string $name): string
    {
        foreach (glob(__DIR__ . '/../../../site/*.cpp') as $file) {
            $pattern = '/R"\((CREATE TABLE IF NOT EXISTS \{prefix\}dormouse_' . $name . ' \(.+?)\)"/s';
            if (preg_match($pattern, file_get_contents($file), $found) === 1) {
                return $found[1];
            }
        }
        throw new \RuntimeException("no migration makes dormouse_$name");
    }
}
