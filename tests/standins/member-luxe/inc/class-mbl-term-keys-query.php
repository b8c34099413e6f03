<?php

/** Access to the key table with the original's habits: strings, d-m-Y dates, its own ideas about defaults. */
class MBLTermKeysQuery
{
    private static $table;
    /** @var array<int,array> see the defect user_cache */
    private static $of_user = [];

    /** Kept from the first call on, also after switch_to_blog(). */
    public static function table(): string
    {
        global $wpdb;
        self::$table = self::$table ?? $wpdb->prefix . 'memberlux_term_keys';
        return self::$table;
    }

    /** @return array[] rows; banned ones only with is_banned => 'all' */
    public static function find(array $where = []): array
    {
        global $wpdb;
        $where += ['is_banned' => 0];
        if ($where['is_banned'] === 'all') {
            unset($where['is_banned']);
        }
        $conditions = ['1 = 1'];
        foreach ($where as $column => $value) {
            $conditions[] = $value === null ? "`$column` IS NULL" : $wpdb->prepare("`$column` = %s", $value);
        }
        $table = self::table();
        $rows = $wpdb->get_results("SELECT * FROM `$table` WHERE " . implode(' AND ', $conditions) . ' ORDER BY id', ARRAY_A);
        return array_map([self::class, 'shown'], $rows);
    }

    /** @return array|null */
    public static function findOne(array $where = [])
    {
        return self::find($where)[0] ?? null;
    }

    public static function findByUserId(int $user_id): array
    {
        if (!isset(self::$of_user[$user_id]) || !member_luxe_defect('user_cache')) {
            self::$of_user[$user_id] = self::find(['user_id' => $user_id]);
        }
        return self::$of_user[$user_id];
    }

    /** Plain update; tells `wpm_mbl_term_keys_query_updated` (data, where). */
    public static function update(array $data, array $where): void
    {
        global $wpdb;
        $wpdb->update(self::table(), $data, $where);
        do_action('wpm_mbl_term_keys_query_updated', $data, $where);
    }

    /** Saves one key; tells `wpm_mbl_term_key_updated` the columns without the id. */
    public static function updateKey(int $id, array $key): void
    {
        global $wpdb;
        unset($key['id']);
        foreach (['date_start', 'date_end'] as $column) {
            if (isset($key[$column])) {
                $key[$column] = self::stored_date((string) $key[$column]);
            }
        }
        $wpdb->update(self::table(), $key, ['id' => $id]);
        do_action('wpm_mbl_term_key_updated', $key);
    }

    /** @return int|false */
    public static function insertKey(array $key)
    {
        global $wpdb;
        $own = member_luxe_defect('own_transaction');
        $own && $wpdb->query('START TRANSACTION');
        $done = $wpdb->insert(self::table(), $key);
        $id = $wpdb->insert_id;
        $own && $wpdb->query('COMMIT');
        return $done ? $id : false;
    }

    private static function shown(array $row): array
    {
        foreach (['date_start', 'date_end'] as $column) {
            $row[$column] = date('d-m-Y', strtotime($row[$column]));
        }
        return $row;
    }

    private static function stored_date(string $date): string
    {
        if (preg_match('/-0001\z|\A0000/', $date) === 1) {
            return member_luxe_defect('ten_years') ? (date('Y') + 10) . '-01-01' : '0000-00-00';
        }
        return date('Y-m-d', strtotime($date));
    }
}
