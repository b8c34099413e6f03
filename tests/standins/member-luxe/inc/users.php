<?php

/**
 * Completes the registration of a user who exists already.
 *
 * @param array $params user_id, user_data (login, email, …, code), index, send_email, source
 * @return bool
 */
function wpm_register_user($params)
{
    $data = $params['user_data'] ?? [];
    $user_id = (int) ($params['user_id'] ?? 0);
    foreach (['first_name' => 'first_name', 'last_name' => 'last_name', 'surname' => 'surname', 'phone' => 'phone'] as $from => $to) {
        if (isset($data[$from])) {
            update_user_meta($user_id, $to, $data[$from]);
        }
    }
    if (!empty($params['index']) && isset($data['code'])) {
        member_luxe_register_key($user_id, $data['code'], $params['source'] ?? '');
    }
    if (!empty($params['send_email'])) {
        wpm_send_registration_email('user', $data, $user_id);
    }
    return true;
}

/** Not through wpm_update_user_key_dates(): an update by the key's text, and the same action fired by hand. */
function member_luxe_register_key(int $user_id, string $code, string $source): void
{
    $key = wpm_search_key_id($code);
    if ($key === null) {
        return;
    }
    $row = $key['key_info'];
    $change = [
        'user_id' => $user_id,
        'status' => 'used',
        'date_start' => date('Y-m-d'),
        'date_end' => date('Y-m-d', strtotime("+{$row['duration']} {$row['units']}")),
    ];
    $stale = member_luxe_defect('stale_register');
    MBLTermKeysQuery::update($stale ? $change : $change + ['date_registered' => date('Y-m-d')], ['key' => $code]);
    member_luxe_tell_activation($user_id, $key['term_id'], $code, $stale ? $key : wpm_search_key_id($code), $source);
}

/** @return string a login that is free */
function wpm_email_to_login($email)
{
    $base = sanitize_user(strstr($email, '@', true) ?: $email, true);
    $login = $base;
    for ($n = 1; username_exists($login); $n++) {
        $login = $base . $n;
    }
    return $login;
}

/** @return string active unless usermeta says otherwise */
function wpm_get_user_status($user_id)
{
    $status = get_user_meta($user_id, 'wpm_status', true);
    return $status === '' ? 'active' : $status;
}
