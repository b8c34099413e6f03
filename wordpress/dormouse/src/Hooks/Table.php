<?php

namespace Dormouse\Hooks;

use Dormouse\Database;

/**
 * `{prefix}memberlux_hook` as far as a producer needs it: ids and events of active hooks. URLs and secrets are the
 * worker's business and are not read.
 *
 * Two shapes are out there: one with the columns `event` and `is_active`, and the API module's with `active` and the
 * events in `{prefix}memberlux_hook_action` (spec 3-jobs, decisions). They are told apart by their columns.
 */
final class Table
{
    /** Seconds; only long-lived processes (WP-CLI) get so old. */
    private const KEEP = 60;

    /** @var array<string,array{until:int,hooks:array}> by table name */
    private static $cache = [];

    /**
     * @return array<int,array{events:string[],module:bool}> active hooks by id; empty when there is no table.
     *         `module` = the API module's shape, where events are names of sources.
     */
    public static function active(): array
    {
        global $wpdb;
        $name = $wpdb->prefix . 'memberlux_hook';
        if (!isset(self::$cache[$name]) || self::$cache[$name]['until'] < time()) {
            self::$cache[$name] = ['until' => time() + self::KEEP, 'hooks' => self::read($name)];
        }
        return self::$cache[$name]['hooks'];
    }

    /** For those who have just changed the table. */
    public static function forget(): void
    {
        self::$cache = [];
    }

    private static function read(string $name): array
    {
        $columns = array_map('strtolower', array_column(Database::rows("SHOW COLUMNS FROM `$name`"), 'Field'));
        $has = array_flip($columns);
        if (isset($has['event'], $has['is_active'])) {
            return self::collect(Database::rows("SELECT id, event FROM `$name` WHERE is_active = 1 ORDER BY id"), false);
        }
        if (isset($has['active'])) {
            return self::collect(Database::rows(
                "SELECT h.id, a.action AS event FROM `$name` h JOIN `{$name}_action` a ON a.hook_id = h.id"
                . ' WHERE h.active = 1 ORDER BY h.id'
            ), true);
        }
        return [];
    }

    private static function collect(array $rows, bool $module): array
    {
        $out = [];
        foreach ($rows as $row) {
            $id = (int) $row['id'];
            $out[$id] = $out[$id] ?? ['events' => [], 'module' => $module];
            $out[$id]['events'][] = trim((string) $row['event']);
        }
        return $out;
    }
}
