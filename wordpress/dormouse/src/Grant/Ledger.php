<?php

namespace Dormouse\Grant;

use Dormouse\Database;

/**
 * `{prefix}dormouse_grant`: one row per external_id, for ever.
 *
 *     queued ──> claimed ──> inserting ──> inserted ──> activating ──> granted
 *                   └───────────┴────────────┴─────────────┴──> failed (a repetition goes on where it ended)
 *
 * The row is written before each call into the core, so that it tells after a crash what may have happened; what did
 * happen, the key itself tells (Plan).
 */
final class Ledger
{
    /** @return array<string,string|null>|null @throws Refusal 503 */
    public static function find(string $external_id): ?array
    {
        return self::select('external_id', $external_id);
    }

    /** @param string $id an external_id or the id of a job @throws Refusal 503 */
    public static function look_up(string $id): ?array
    {
        return self::find($id) ?? self::select('job_id', $id);
    }

    /** Does a grant own this key? @throws Refusal 503 */
    public static function knows(string $code): bool
    {
        return self::select('code', $code) !== null;
    }

    /**
     * The row of the request; made if there is none.
     *
     * @throws Refusal 422 if it stands for something else
     */
    public static function open(Request $request, string $state): array
    {
        $now = gmdate('Y-m-d H:i:s');
        Sql::change(
            'INSERT IGNORE INTO ' . Schema::grants()
                . ' (external_id, facts, state, term_id, source, created_at, updated_at)'
                . ' VALUES (%s, %s, %s, %d, %s, %s, %s)',
            [$request->external_id, wp_json_encode($request->facts()), $state, $request->term_id, $request->source, $now, $now]
        );
        $row = self::find($request->external_id);
        if ($row === null) {
            throw Refusal::database('the grant could not be written');
        }
        self::need_same($row, $request);
        return $row;
    }

    /** @throws Refusal 422 */
    public static function need_same(array $row, Request $request): void
    {
        $other = $request->differs_in((array) json_decode((string) $row['facts'], true));
        if ($other !== null) {
            throw new Refusal(
                422,
                Refusal::OTHER_FACTS,
                'external_id ' . $request->external_id . ' stands for a grant with another ' . $other
                    . '; give a new grant its own external_id',
                ['member' => $other]
            );
        }
    }

    /**
     * Changes a row that nobody else has changed since it was read.
     *
     * @param array<string,string|int|null> $changes by column
     * @return array the row as it is now
     * @throws Refusal 503
     */
    public static function change(array $row, array $changes): array
    {
        $changes['updated_at'] = gmdate('Y-m-d H:i:s');
        $set = $values = [];
        foreach ($changes as $column => $value) {
            $set[] = $value === null ? "$column = NULL" : "$column = %s";
            if ($value !== null) {
                $values[] = (string) $value;
            }
        }
        $sql = 'UPDATE ' . Schema::grants() . ' SET ' . implode(', ', $set) . ', version = version + 1 WHERE id = %d AND version = %d';
        if (Sql::change($sql, array_merge($values, [$row['id'], $row['version']])) !== 1) {
            throw Refusal::busy('grant ' . $row['external_id']);
        }
        return array_map(static function ($value) {
            return $value === null ? null : (string) $value;
        }, $changes + ['version' => $row['version'] + 1] + $row);
    }

    /** Gives a row its job, unless it has one already. @return string the job's id */
    public static function give_job(array $row, string $job_id): string
    {
        Sql::change('UPDATE ' . Schema::grants() . " SET job_id = %s WHERE id = %d AND job_id = ''", [$job_id, $row['id']]);
        $row = self::find($row['external_id']);
        return (string) ($row['job_id'] ?? $job_id);
    }

    /** @return array what the endpoint says about a row */
    public static function answer(array $row): array
    {
        $facts = (array) json_decode((string) $row['facts'], true);
        $unlimited = ['is_unlimited' => true];
        return [
            'user_id' => (int) $row['user_id'],
            'term_id' => (int) $row['term_id'],
            'key' => (string) $row['code'],
            'date_start' => $row['date_start'],
            'date_end' => $row['date_end'],
            'external_id' => $row['external_id'],
        ] + (empty($facts['is_unlimited']) ? [] : $unlimited);
    }

    private static function select(string $column, string $value): ?array
    {
        global $wpdb;
        $sql = 'SELECT * FROM ' . Schema::grants() . " WHERE $column = %s LIMIT 1";
        $rows = Database::rows($sql, [$value]);
        if ($wpdb->last_error !== '') {
            // The table may not be there yet: the plugin was updated, and nobody has been in the admin since.
            \Dormouse\Schema::install();
            $rows = Sql::rows($sql, [$value]);
        }
        return $rows[0] ?? null;
    }
}
