<?php

// Runs inside WordPress (wp-run.php) and prints what it made as JSON: {"levels": {name: id}, "users": {name: id}}.
// `wp-run.php DIR school.php make` makes the people of the stand-in's fixtures and two more, through its own functions;
// `… cron` runs the core's daily event. `… night ZONE` lets somebody activate a key of thirty days at 01:30 of that zone's
// clock and prints {"level", "user", "day"}, the day of that clock.

if (($argv[1] ?? '') === 'cron') {
    do_action('wpm_daily_schedule_hook');
    echo '{}';
    return;
}

require WP_PLUGIN_DIR . '/member-luxe/fixtures.php';
if (($argv[1] ?? '') === 'night') {
    $mark = strtolower(wp_generate_password(6, false));
    $level = (int) wp_insert_term("Night $mark", 'wpm-levels')['term_id'];
    update_term_meta($level, 'mlm_enabled', '1');
    $user = member_luxe_fixture_user("night-$mark");
    $day = member_luxe_fixture_night($user, $level, $argv[2]);
    $wpdb->query($wpdb->prepare('UPDATE ' . MBLTermKeysQuery::table() . ' SET date_end = date_start + INTERVAL 30 DAY
        WHERE user_id = %d', $user));
    echo json_encode(['level' => $level, 'user' => $user, 'day' => $day]);
    return;
}

$made = member_luxe_fixtures();
foreach ($made['levels'] as $level) {
    update_term_meta($level, 'mlm_enabled', '1');
}

/** Access that the core itself gave, and that ended thirty days ago. */
$ended = static function (string $name, int $level): int {
    global $wpdb;
    $user = member_luxe_fixture_user($name . '-' . strtolower(wp_generate_password(6, false)));
    wpm_update_user_key_dates($user, wpm_insert_one_user_key($level, 1, 'months'), false, 'purchase');
    $wpdb->update(MBLTermKeysQuery::table(), ['date_start' => member_luxe_fixture_day(time(), -60),
        'date_end' => member_luxe_fixture_day(time(), -30)], ['user_id' => $user]);
    return $user;
};

$made['users']['given-by-hand'] = $ended('given-by-hand', $made['levels']['auto']);
mbl_certificates_issue($made['users']['given-by-hand'], $made['levels']['auto'], gmdate('Y-m-d'));

// The level issues by itself while he is there, and is switched to employees later.
$switched = (int) wp_insert_term('Switched', 'wpm-levels')['term_id'];
update_term_meta($switched, 'mlm_enabled', '1');
update_term_meta($switched, '_mblc_how_to_issue', 'auto');
$made['levels']['switched'] = $switched;
$made['users']['issued-by-itself'] = $ended('issued-by-itself', $switched);
update_term_meta($switched, '_mblc_how_to_issue', 'employee');

echo json_encode($made);
