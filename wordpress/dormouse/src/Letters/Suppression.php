<?php

namespace Dormouse\Letters;

use Dormouse\Database;

/** Addresses that get no letters, as hashes. The worker's table; it looks here before each letter. */
final class Suppression
{
    public const UNSUBSCRIBED = 'unsubscribed';

    public static function table(): string
    {
        return Database::table('suppression');
    }

    public static function exists(): bool
    {
        return Database::has_table(self::table());
    }

    /** As the worker makes it. */
    public static function hash(string $address): string
    {
        return hash('sha256', strtolower(trim($address)));
    }

    /** @return int|false 1 = new, 0 = was there, false = could not be written */
    public static function add(string $address_hash, string $reason, string $note, int $now_ms)
    {
        return Database::quietly(
            'INSERT IGNORE INTO ' . self::table() . ' (address_hash, reason, note, created_at) VALUES (%s, %s, %s, %d)',
            [$address_hash, $reason, $note, $now_ms]
        );
    }

    public static function remove(string $address_hash): bool
    {
        return Database::quietly('DELETE FROM ' . self::table() . ' WHERE address_hash = %s', [$address_hash]) === 1;
    }

    public static function count(): int
    {
        $rows = Database::rows('SELECT COUNT(*) AS n FROM ' . self::table());
        return (int) ($rows[0]['n'] ?? 0);
    }

    /** Newest first. @return array<int,array<string,mixed>> */
    public static function page(int $page, int $per_page): array
    {
        $sql = 'SELECT * FROM ' . self::table() . ' ORDER BY created_at DESC, address_hash LIMIT %d OFFSET %d';
        return Database::rows($sql, [$per_page, max(0, $page - 1) * $per_page]);
    }

    /**
     * Users who have one of the addresses now. Reads all users, which is why only a page's rows are asked for.
     *
     * @param string[] $hashes
     * @return array<string,\WP_User> by hash
     */
    public static function people(array $hashes): array
    {
        global $wpdb;
        if (!$hashes) {
            return [];
        }
        $places = implode(', ', array_fill(0, count($hashes), '%s'));
        $hash = 'SHA2(LOWER(TRIM(user_email)), 256)';
        $out = [];
        foreach (Database::rows("SELECT ID, $hash AS hash FROM {$wpdb->users} WHERE $hash IN ($places)", array_values($hashes)) as $row) {
            $out[$row['hash']] = get_userdata((int) $row['ID']);
        }
        return array_filter($out);
    }
}
