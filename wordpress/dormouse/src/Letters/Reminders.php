<?php

namespace Dormouse\Letters;

use Dormouse\Database;

/** The worker's ledger of letters, read only: `{prefix}dormouse_reminder`. Its times are milliseconds. */
final class Reminders
{
    public const IN_DOUBT = 'in_doubt';
    public const STATES = ['planned', 'claimed', 'streaming', self::IN_DOUBT, 'sent', 'retry', 'failed', 'suppressed', 'skipped'];

    public static function table(): string
    {
        return Database::table('reminder');
    }

    public static function exists(): bool
    {
        return Database::has_table(self::table());
    }

    /**
     * Newest first.
     *
     * @param array{state?:string,term_id?:int,users?:int[]} $filter an empty list of users finds nothing
     * @return array<int,array<string,mixed>>
     */
    public static function page(array $filter, int $page, int $per_page): array
    {
        [$where, $values] = self::where($filter);
        $sql = 'SELECT * FROM ' . self::table() . " $where ORDER BY id DESC LIMIT %d OFFSET %d";
        return Database::rows($sql, array_merge($values, [$per_page, max(0, $page - 1) * $per_page]));
    }

    public static function count(array $filter): int
    {
        [$where, $values] = self::where($filter);
        $rows = Database::rows('SELECT COUNT(*) AS n FROM ' . self::table() . " $where", $values);
        return (int) ($rows[0]['n'] ?? 0);
    }

    /** @return array<string,int> letters by state */
    public static function states(): array
    {
        $rows = Database::rows('SELECT state, COUNT(*) AS n FROM ' . self::table() . ' GROUP BY state');
        return array_map('intval', array_column($rows, 'n', 'state'));
    }

    /**
     * Somebody has to decide: the attempt that could still have learnt the answer is over.
     *
     * @param array<string,mixed> $row
     */
    public static function is_undecided(array $row, int $now_ms): bool
    {
        return $row['state'] === self::IN_DOUBT && (int) $row['lease_until'] < $now_ms;
    }

    /** How many is_undecided() holds for. */
    public static function undecided(int $now_ms): int
    {
        $sql = 'SELECT COUNT(*) AS n FROM ' . self::table() . " WHERE state = 'in_doubt' AND COALESCE(lease_until, 0) < %d";
        return (int) (Database::rows($sql, [$now_ms])[0]['n'] ?? 0);
    }

    /** @return int[] levels that have letters */
    public static function levels(): array
    {
        return array_map('intval', array_column(Database::rows('SELECT DISTINCT term_id FROM ' . self::table() . ' LIMIT 500'), 'term_id'));
    }

    /**
     * Letters to students that were sent in the present cycle of each: the one that began with the lapse.
     *
     * @param array<int,array<string,mixed>> $sleepers rows with user_id, term_id, lapse
     * @return array<string,array{count:int,last:int}> by "user lapse"; last = milliseconds
     */
    public static function sent_to(array $sleepers, int $term_id): array
    {
        if (!$sleepers) {
            return [];
        }
        $places = implode(', ', array_fill(0, count($sleepers), '%d'));
        $rows = Database::rows('SELECT user_id, lapse, COUNT(*) AS n, MAX(sent_at) AS last FROM ' . self::table()
            . " WHERE term_id = %d AND user_id IN ($places) AND state = 'sent' AND stage <> 'admin' GROUP BY user_id, lapse",
            array_merge([$term_id], array_column($sleepers, 'user_id')));
        $out = [];
        foreach ($rows as $row) {
            $out[$row['user_id'] . ' ' . $row['lapse']] = ['count' => (int) $row['n'], 'last' => (int) $row['last']];
        }
        return $out;
    }

    /** @return array{0:string,1:array} */
    private static function where(array $filter): array
    {
        $conditions = [];
        $values = [];
        foreach (['state' => '%s', 'term_id' => '%d'] as $column => $place) {
            if (isset($filter[$column])) {
                $conditions[] = "$column = $place";
                $values[] = $filter[$column];
            }
        }
        if (isset($filter['users'])) {
            $users = $filter['users'] ?: [0];
            $conditions[] = 'user_id IN (' . implode(', ', array_fill(0, count($users), '%d')) . ')';
            $values = array_merge($values, array_values($users));
        }
        return [$conditions ? 'WHERE ' . implode(' AND ', $conditions) : '', $values];
    }
}
