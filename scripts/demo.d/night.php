<?php

// Run inside WordPress: a level with letters, and students whose access to it ended, was renewed, or who do not need it
// any more. Prints the level's id and each student's: "level 7", "hanna 42".

require WP_PLUGIN_DIR . '/member-luxe/fixtures.php';

const LETTERS = [
    1 => [3, 'We miss you, [user_name]', 'Your access to <b>[course_name]</b> ended on [expired_date].'],
    2 => [10, '[user_name], your place is still free', 'Ten days without [course_name]: come back?'],
    3 => [30, 'A last word about [course_name]', 'This is the last letter, [user_name].'],
];

$level = (int) wp_insert_term('Night school', 'wpm-levels')['term_id'];
update_term_meta($level, 'mlm_enabled', '1');
foreach (LETTERS as $stage => [$days, $subject, $body]) {
    update_term_meta($level, "mlm_email_{$stage}_days", (string) $days);
    update_term_meta($level, "mlm_email_{$stage}_subject", $subject);
    update_term_meta($level, "mlm_email_{$stage}_body", $body);
}
echo "level $level\n";

// Days from today on which each key begins and ends.
$students = [
    'hanna' => [[-65, -5]],
    'igor' => [[-72, -12]],
    'jana' => [[-80, -20], [-2, 28]],
    'kai' => [[-75, -15]],
    'lena' => [[-60, 1]],
];
foreach ($students as $name => $keys) {
    $user = member_luxe_fixture_user($name);
    foreach ($keys as [$start, $end]) {
        member_luxe_fixture_key($user, ['level' => 'here', 'start' => $start, 'end' => $end], ['here' => $level], time());
    }
    echo "$name $user\n";
}
// What MemberLux does every day: keys that ended are expired.
do_action('wpm_daily_schedule_hook');
// Given by a teacher, on the day after the end.
mbl_certificates_issue(username_exists('kai'), $level, gmdate('Y-m-d', time() - 14 * DAY_IN_SECONDS));
