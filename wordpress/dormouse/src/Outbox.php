<?php

namespace Dormouse;

/**
 * `{prefix}dormouse_outbox`: envelopes that Redis could not take.
 *
 * The scheduler's relay and later requests move them to Redis, oldest first; a row goes only after Redis has the job.
 * Both may move the same row: the envelope's id makes that harmless.
 */
final class Outbox
{
    /** Autoloaded and there only while rows may be waiting, so that an ordinary page pays nothing to know. */
    public const WAITING = 'dormouse_outbox_waiting';
    public const BATCH = 20;
    private const BATCH_BYTES = 1048576;

    public static function table(): string
    {
        return Database::table('outbox');
    }

    /** Exactly what the worker's own migration makes (README.md, "Tables"), in the spelling dbDelta() wants. */
    public static function ddl(): string
    {
        global $wpdb;
        return 'CREATE TABLE ' . self::table() . " (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  envelope longblob NOT NULL,
  created_at datetime NOT NULL,
  attempts int(11) NOT NULL DEFAULT 0,
  last_error varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY  (id)
) " . $wpdb->get_charset_collate();
    }

    public static function install(): void
    {
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        dbDelta(self::ddl());
    }

    /** @param string $reason why not Redis */
    public static function add(string $envelope, string $reason): bool
    {
        // In hexadecimal: bytes of any kind pass through any connection character set unchanged.
        $sql = 'INSERT INTO ' . self::table() . " (envelope, created_at, last_error) VALUES (X'"
            . bin2hex($envelope) . "', %s, %s)";
        $values = [gmdate('Y-m-d H:i:s'), self::short($reason)];
        $done = Database::quietly($sql, $values);
        if ($done === false) {
            // dbDelta() would load the admin's files into the page; the table is simply not there yet.
            Database::quietly(str_replace('CREATE TABLE ', 'CREATE TABLE IF NOT EXISTS ', self::ddl()));
            $done = Database::quietly($sql, $values);
        }
        if ($done === 1 && get_option(self::WAITING) !== '1') {
            update_option(self::WAITING, '1', true);
        }
        return $done === 1;
    }

    public static function waiting(): bool
    {
        return get_option(self::WAITING) === '1';
    }

    /** @return array{count:int,oldest:?string} `oldest` in UTC */
    public static function size(): array
    {
        $rows = Database::rows('SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM ' . self::table());
        return ['count' => (int) ($rows[0]['n'] ?? 0), 'oldest' => $rows[0]['oldest'] ?? null];
    }

    /** Has Redis refused the oldest job for want of rights? That is not cured by waiting. */
    public static function refused(): bool
    {
        $rows = Database::rows('SELECT last_error FROM ' . self::table() . ' ORDER BY id LIMIT 1');
        return $rows !== [] && strncmp((string) $rows[0]['last_error'], 'LPUSH: NOPERM', 13) === 0;
    }

    /** @return array<int,array<string,mixed>> id, bytes, created_at, attempts, last_error; oldest first */
    public static function list(int $most): array
    {
        return Database::rows(
            'SELECT id, LENGTH(envelope) AS bytes, created_at, attempts, last_error FROM ' . self::table()
            . ' ORDER BY id LIMIT %d',
            [$most]
        );
    }

    /**
     * Moves the oldest rows, one batch in one push.
     *
     * @param callable $push takes a list of envelopes; throws when they are not surely stored
     * @return int rows moved
     */
    public static function drain(callable $push): int
    {
        $lock = 'dormouse_outbox_' . md5(DB_NAME . self::table());
        $got = Database::rows('SELECT GET_LOCK(%s, 0) AS got', [$lock]);
        if (!$got || $got[0]['got'] !== '1') {
            return 0;
        }
        try {
            return self::move_batch($push);
        } finally {
            Database::rows('SELECT RELEASE_LOCK(%s)', [$lock]);
        }
    }

    private static function move_batch(callable $push): int
    {
        $rows = Database::rows(
            'SELECT id, envelope FROM ' . self::table() . ' ORDER BY id LIMIT %d',
            [self::BATCH]
        );
        if (!$rows) {
            self::mark_empty();
            return 0;
        }
        $batch = [];
        $bytes = 0;
        foreach ($rows as $row) {
            $bytes += strlen($row['envelope']);
            if ($batch && $bytes > self::BATCH_BYTES) {
                break;
            }
            $batch[(int) $row['id']] = $row['envelope'];
        }
        $ids = implode(',', array_keys($batch));
        try {
            $push(array_values($batch));
        } catch (\Throwable $e) {
            Database::quietly(
                'UPDATE ' . self::table() . " SET attempts = attempts + 1, last_error = %s WHERE id IN ($ids)",
                [self::short($e->getMessage())]
            );
            throw $e;
        }
        Database::quietly('DELETE FROM ' . self::table() . " WHERE id IN ($ids)");
        if (count($batch) === count($rows) && count($rows) < self::BATCH) {
            self::mark_empty();
        }
        return count($batch);
    }

    /** Another request may have added a row meanwhile: look again after the mark is gone. */
    private static function mark_empty(): void
    {
        delete_option(self::WAITING);
        if (Database::rows('SELECT id FROM ' . self::table() . ' LIMIT 1')) {
            update_option(self::WAITING, '1', true);
        }
    }

    /** Fits the column in every character set. */
    private static function short(string $text): string
    {
        return substr((string) preg_replace('/[^\x20-\x7e]+/', '?', $text), 0, 255);
    }
}
