<?php

// Must-use plugin: as little of MemberLux as a grant touches, with the user's keys remembered in a variable of the
// function, where nobody can reach it.

class MBLTermKeysQuery
{
    public static function findByUserId($user_id)
    {
        static $of_user = [];
        return $of_user[$user_id] ?? $of_user[$user_id] = $GLOBALS['wpdb']->get_results(
            $GLOBALS['wpdb']->prepare('SELECT * FROM wp_memberlux_term_keys WHERE user_id = %d AND is_banned = 0', $user_id),
            ARRAY_A
        );
    }
}

add_action('init', static function (): void {
    register_taxonomy('wpm-levels', 'post');
    $GLOBALS['wpdb']->query("CREATE TABLE IF NOT EXISTS wp_memberlux_term_keys (id INT AUTO_INCREMENT PRIMARY KEY, term_id INT,
        user_id INT, `key` VARCHAR(255), status VARCHAR(10) DEFAULT 'new', sent INT DEFAULT 0, is_banned INT DEFAULT 0, duration INT,
        units VARCHAR(50), is_unlimited INT DEFAULT 0, date_start DATE, date_end DATE)");
});

function wpm_insert_one_user_key($term_id, $duration, $units, $is_unlimited = 0)
{
    $key = str_shuffle('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') . time();
    $GLOBALS['wpdb']->insert('wp_memberlux_term_keys', compact('term_id', 'key', 'duration', 'units', 'is_unlimited'));
    return $key;
}

function wpm_search_key_id($code)
{
    $row = $GLOBALS['wpdb']->get_row($GLOBALS['wpdb']->prepare('SELECT * FROM wp_memberlux_term_keys WHERE `key` = %s', $code), ARRAY_A);
    return $row ? ['term_id' => $row['term_id'], 'key_info' => $row, 'item_id' => $row['id'], 'is_deleted' => false] : null;
}

function wpm_update_user_key_dates($user_id, $code, $isBanned = false, $source = '')
{
    $key = wpm_search_key_id($code);
    $start = max(array_merge([gmdate('Y-m-d')], array_column(MBLTermKeysQuery::findByUserId($user_id), 'date_end')));
    $end = gmdate('Y-m-d', strtotime("$start +{$key['key_info']['duration']} {$key['key_info']['units']} UTC"));
    $GLOBALS['wpdb']->update('wp_memberlux_term_keys', ['user_id' => $user_id, 'status' => 'used', 'date_start' => $start,
        'date_end' => $end], ['key' => $code]);
    do_action('wpm_update_user_key_dates', $user_id, $key['term_id'], $code, wpm_search_key_id($code), $source);
}
