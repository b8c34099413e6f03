<?php

namespace Dormouse\Grant;

use Dormouse\Database;

/**
 * MemberLux as far as a grant needs it: its public functions write, here is only read (spec 1-domain 1.3 to 1.7).
 */
final class Core
{
    public const ACTIVATION = 'wpm_update_user_key_dates';
    private const LEVELS = 'wpm-levels';
    private const FUNCTIONS = ['wpm_insert_one_user_key', 'wpm_search_key_id', 'wpm_update_user_key_dates'];
    private const QUERY = 'MBLTermKeysQuery';
    /** Codes are 62 letters and digits, then the ten digits of the time. */
    private const CODE = '/[\'"]([0-9A-Za-z]{62}\d{10})[\'"]/';

    /** @throws Refusal 503 */
    public static function need(): void
    {
        foreach (self::FUNCTIONS as $function) {
            if (!function_exists($function)) {
                throw Refusal::unavailable('dormouse_core_missing', "MemberLux is not active ($function is missing)");
            }
        }
    }

    /** @throws Refusal 404 */
    public static function need_level(int $term_id): void
    {
        if (!get_term($term_id, self::LEVELS) instanceof \WP_Term) {
            throw new Refusal(404, 'dormouse_no_level', "there is no level $term_id", ['member' => 'term_id']);
        }
    }

    public static function last_key_id(): int
    {
        return (int) (Sql::rows('SELECT MAX(id) AS id FROM ' . self::table())[0]['id'] ?? 0);
    }

    /**
     * Inserts a key that belongs to nobody yet.
     *
     * @param callable $learn told the code before the core's own statement runs. The core wraps that in a transaction,
     *                        so what $learn writes and the key are there together or not at all.
     * @return string the code, which the core returns also when the insert failed: look for the key
     */
    public static function insert(Request $request, callable $learn): string
    {
        $watch = static function ($query) use (&$watch, $learn) {
            $insert = is_string($query) && stripos(ltrim($query), 'INSERT') === 0 && strpos($query, self::table()) !== false;
            if ($insert && preg_match(self::CODE, $query, $found) === 1) {
                remove_filter('query', $watch, PHP_INT_MAX);
                $learn($found[1]);
            }
            return $query;
        };
        add_filter('query', $watch, PHP_INT_MAX);
        try {
            return (string) wpm_insert_one_user_key(
                $request->term_id,
                $request->duration,
                $request->units,
                $request->unlimited ? 1 : 0
            );
        } catch (\Throwable $e) {
            // Else all that is written from here on would be part of it, and go with the connection.
            Database::quietly('ROLLBACK');
            throw $e;
        } finally {
            remove_filter('query', $watch, PHP_INT_MAX);
        }
    }

    /**
     * A key as the core shows it; one that it hides, because it is banned, with `withdrawn`.
     *
     * @return array{id:int,term_id:int,user_id:int,status:string,duration:int,units:string,unlimited:bool,
     *               withdrawn:bool,date_start:?string,date_end:?string}|null
     */
    public static function key(string $code): ?array
    {
        $found = wpm_search_key_id($code);
        if (is_array($found)) {
            $row = (array) $found['key_info'];
            if (($row['key'] ?? '') === $code) {
                return self::shown(['id' => $found['item_id']] + $row, !empty($found['is_deleted']));
            }
        }
        $rows = Sql::rows('SELECT * FROM ' . self::table() . ' WHERE `key` = %s LIMIT 1', [$code]);
        return $rows ? self::shown($rows[0], true) : null;
    }

    /**
     * Codes of keys that an insert may have left behind when PHP died: nobody's, new, exactly of this kind, younger
     * than the row $floor_id and, by their code, made at about $at.
     *
     * @param int $at seconds
     * @return string[]
     */
    public static function orphans(Request $request, int $floor_id, int $at): array
    {
        // All columns: is_unlimited does not exist on old sites.
        $rows = Sql::rows(
            'SELECT * FROM ' . self::table() . " WHERE id > %d AND term_id = %d AND duration = %d AND status = 'new'"
                . ' AND (user_id IS NULL OR user_id = 0) ORDER BY id LIMIT 1000',
            [$floor_id, $request->term_id, $request->duration]
        );
        $ours = array_filter($rows, static function (array $row) use ($request, $at): bool {
            $made = (int) substr((string) $row['key'], -10);
            return $row['units'] === $request->units && !empty($row['is_unlimited']) === $request->unlimited
                && empty($row['sent']) && abs($made - $at) <= 300 && !Ledger::knows((string) $row['key']);
        });
        return array_column($ours, 'key');
    }

    /**
     * The core starts a period where the user's last one on the level ends, but remembers the user's keys from its
     * first look in this process on: forgets them for it, and says whether it now sees what there is.
     */
    public static function sees_all_keys(int $user_id): bool
    {
        if (!method_exists(self::QUERY, 'findByUserId')) {
            return true;
        }
        self::forget_keys_of($user_id);
        $seen = [];
        foreach ((array) call_user_func([self::QUERY, 'findByUserId'], $user_id) as $row) {
            $row = (array) $row;
            $seen[(int) ($row['id'] ?? 0)] = self::day($row['date_end'] ?? '');
        }
        $rows = Sql::rows('SELECT id, date_end FROM ' . self::table() . ' WHERE user_id = %d AND is_banned = 0', [$user_id]);
        foreach ($rows as $row) {
            if (!array_key_exists((int) $row['id'], $seen) || $seen[(int) $row['id']] !== self::day($row['date_end'])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Did nobody hear of an activation? The core's own listener leaves a row about the key, the certificates' may leave
     * a certificate; both run at 10, before nearly everybody else. Without their tables nothing is known: false.
     *
     * @param array $key of key()
     */
    public static function nobody_heard(array $key): bool
    {
        global $wpdb;
        $sql = "SELECT COUNT(*) AS told FROM {$wpdb->prefix}memberlux_keys_meta WHERE key_id = %d";
        $rows = Database::rows($sql, [$key['id']]);
        if (!$rows || (int) $rows[0]['told'] > 0) {
            return false;
        }
        // No such table: no such plugin.
        $sql = "SELECT COUNT(*) AS issued FROM {$wpdb->prefix}memberlux_certificate WHERE user_id = %d AND wpmlevel_id = %d";
        $rows = Database::rows($sql, [$key['user_id'], $key['term_id']]);
        return !$rows || (int) $rows[0]['issued'] === 0;
    }

    private static function forget_keys_of(int $user_id): void
    {
        foreach ((new \ReflectionClass(self::QUERY))->getProperties(\ReflectionProperty::IS_STATIC) as $property) {
            $property->setAccessible(true);
            $value = $property->getValue();
            if (is_array($value) && isset($value[$user_id])) {
                unset($value[$user_id]);
                $property->setValue(null, $value);
            }
        }
    }

    private static function shown(array $row, bool $withdrawn): array
    {
        return [
            'id' => (int) $row['id'],
            'term_id' => (int) $row['term_id'],
            'user_id' => (int) $row['user_id'],
            'status' => strtolower((string) $row['status']),
            'duration' => (int) $row['duration'],
            'units' => (string) $row['units'],
            'unlimited' => !empty($row['is_unlimited']),
            'withdrawn' => $withdrawn,
            'date_start' => self::day($row['date_start']),
            'date_end' => self::day($row['date_end']),
        ];
    }

    /** Y-m-d; null for the zero date. The core shows d-m-Y. @param mixed $text */
    private static function day($text): ?string
    {
        $text = (string) $text;
        if (preg_match('/\A(\d\d)-(\d\d)-([1-9]\d{3})\z/', $text, $found) === 1) {
            return $found[3] . '-' . $found[2] . '-' . $found[1];
        }
        return preg_match('/\A[1-9]\d{3}-\d\d-\d\d\z/', $text) === 1 ? $text : null;
    }

    private static function table(): string
    {
        global $wpdb;
        return $wpdb->prefix . 'memberlux_term_keys';
    }
}
