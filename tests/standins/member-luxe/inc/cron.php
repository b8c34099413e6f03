<?php

/** With the option or constant the event does nothing, as if WP-Cron had not come: keys stay `used` after their end. */
function member_luxe_cron_lags(): bool
{
    return (bool) (defined('MEMBER_LUXE_CRON_LAGS') ? MEMBER_LUXE_CRON_LAGS : get_option('member_luxe_cron_lags', false));
}

add_action('wpm_daily_schedule_hook', static function (): void {
    if (member_luxe_cron_lags()) {
        return;
    }
    foreach (MBLTermKeysQuery::find(['status' => 'used', 'key_type' => 'wpm_term_keys']) as $row) {
        if ($row['user_id'] === null) {
            continue;
        }
        if ($row['is_unlimited'] !== '1' && time() > strtotime($row['date_end'])) {
            MBLTermKeysQuery::updateKey((int) $row['id'], ['status' => 'expired'] + $row);
            MBLSubscription::unsubscribe($row['user_id'], $row['term_id']);
        } else {
            member_luxe_remind($row);
        }
    }
});

/** A letter goes out on exactly its day and once in a lifetime: the mark is written first and never cleared. */
function member_luxe_remind(array $row): void
{
    $options = (array) get_option("taxonomy_term_{$row['term_id']}", []);
    $left = (int) floor((strtotime($row['date_end']) - time()) / DAY_IN_SECONDS);
    foreach ([1, 2, 3] as $letter) {
        $days = (int) ($options["letter_{$letter}_days"] ?? 0);
        $mark = "{$row['term_id']}_{$letter}_{$days}";
        $sent = (array) (get_user_meta((int) $row['user_id'], 'wpm_sent_expiration_emails', true) ?: []);
        $user = get_userdata((int) $row['user_id']);
        if ($days === 0 || $days !== $left || !$user || in_array($mark, $sent, true)) {
            continue;
        }
        update_user_meta($user->ID, 'wpm_sent_expiration_emails', array_merge($sent, [$mark]));
        $text = ['title' => $options["letter_{$letter}_title"] ?? '', 'message' => $options["letter_$letter"] ?? ''];
        $params = ['user_name' => $user->display_name, 'user_login' => $user->user_login, 'start_page' => home_url('/')];
        wpm_send_user_email($user->ID, $text, $user->user_email, $params);
    }
}
