<?php

/** 62 letters and digits in random order and the ten digits of the time: 72 characters. */
function member_luxe_code(): string
{
    return str_shuffle('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') . time();
}

/** @return string the code, also when the insert failed */
function wpm_insert_one_user_key($term_id, $duration, $units, $is_unlimited = 0)
{
    $code = member_luxe_code();
    if (member_luxe_defect('fold_units')) {
        $units = $units === 'days' ? 'days' : 'months';
    }
    MBLTermKeysQuery::insertKey([
        'term_id' => $term_id,
        'key' => $code,
        'duration' => $duration,
        'units' => $units,
        'is_unlimited' => $is_unlimited,
    ]);
    return $code;
}

/** @return array|null term_id, key_info (row), item_id, is_deleted; numbers are strings */
function wpm_search_key_id($code)
{
    $row = MBLTermKeysQuery::findOne(['key' => trim($code)]);
    return $row === null ? null : [
        'term_id' => $row['term_id'],
        'key_info' => $row,
        'item_id' => $row['id'],
        'is_deleted' => $row['key_type'] === 'wpm_keys_basket',
    ];
}

function member_luxe_activate($user_id, $code, $source): void
{
    $key = wpm_search_key_id($code);
    if ($key === null) {
        member_luxe_activate_unknown($user_id, $code, $source);
        return;
    }
    $row = $key['key_info'];
    if ($row['status'] !== 'new' && !member_luxe_defect('reactivation')) {
        return;
    }
    $start = member_luxe_start((int) $user_id, $row);
    $row['date_start'] = date('d-m-Y', $start);
    $row['date_end'] = date('d-m-Y', strtotime("+{$row['duration']} {$row['units']}", $start));
    $row['status'] = 'used';
    if (!$key['is_deleted']) {
        $row['date_registered'] = date('Y-m-d');
        $row['user_id'] = (string) $user_id;
    }
    MBLTermKeysQuery::updateKey((int) $row['id'], $row);
    $key['key_info'] = $row;
    member_luxe_tell_activation($user_id, $key['term_id'], $code, $key, $source);
}

/** No error: an empty used row appears. */
function member_luxe_activate_unknown($user_id, $code, $source): void
{
    if (!member_luxe_defect('phantom_row')) {
        return;
    }
    $row = ['key' => '', 'term_id' => null, 'user_id' => $user_id, 'status' => 'used', 'duration' => 0,
        'date_start' => date('Y-m-d'), 'date_end' => date('Y-m-d'), 'date_registered' => date('Y-m-d')];
    MBLTermKeysQuery::insertKey($row);
    $key = ['term_id' => null, 'key_info' => $row, 'item_id' => null, 'is_deleted' => false];
    member_luxe_tell_activation($user_id, null, $code, $key, $source);
}

/** UTC: now, or the last end of the user's keys of the same level; an unlimited one among them means now. */
function member_luxe_start(int $user_id, array $row): int
{
    $start = time();
    foreach (MBLTermKeysQuery::findByUserId($user_id) as $other) {
        if ($other['term_id'] !== $row['term_id'] || $other['key_type'] === 'wpm_keys_basket') {
            continue;
        }
        if ($other['is_unlimited'] === '1') {
            return time();
        }
        $start = max($start, strtotime($other['date_end']));
    }
    // The own row counts when the key is activated again.
    return $row['status'] === 'used' ? max($start, strtotime($row['date_end'])) : $start;
}

function wpm_add_code_to_user($user_id, $code, $source)
{
    wpm_update_user_key_dates($user_id, $code, false, $source);
}

/** @return array|void error, message, keys; prints them as JSON and exits unless $return */
function wpm_add_key_to_user($user_id, $code, $return = false, $source = '')
{
    $key = wpm_search_key_id($code);
    $good = $key !== null && $key['key_info']['status'] === 'new';
    if ($good) {
        wpm_add_code_to_user($user_id, $code, $source);
    }
    $result = ['error' => !$good, 'message' => $good ? 'Key added' : 'Wrong key', 'keys' => ''];
    if ($return) {
        return $result;
    }
    echo wp_json_encode($result);
    exit;
}

// The core's own listener: the only exact time of an activation.
add_action('wpm_update_user_key_dates', static function ($user_id, $term_id, $code, $key, $source): void {
    global $wpdb;
    if (!empty($key['item_id'])) {
        $wpdb->replace($wpdb->prefix . 'memberlux_keys_meta', [
            'key_id' => $key['item_id'],
            'activation_datetime' => gmdate('Y-m-d H:i:s'),
            'source' => $source,
        ]);
    }
}, 10, 5);
