<?php

/**
 * People and keys in every state that other code must tell apart. Not loaded by the plugin: a test requires this file
 * and calls member_luxe_fixtures(); it needs mbl-certificates too. Every call makes new people and levels.
 *
 * Days count from $today (UTC): -1 ended yesterday, 0 ends today and is without access already, 1 ends tomorrow.
 */

/** @return array{levels:array<string,int>,users:array<string,int>} ids by name; the names are the states */
function member_luxe_fixtures(?int $today = null): array
{
    $today = $today ?? time();
    $mark = strtolower(wp_generate_password(6, false));
    $levels = [];
    foreach (['course' => '', 'auto' => '', 'parent' => '', 'child' => 'parent'] as $name => $parent) {
        $args = ['parent' => $levels[$parent] ?? 0];
        $levels[$name] = (int) wp_insert_term("$name $mark", 'wpm-levels', $args)['term_id'];
    }
    update_term_meta($levels['auto'], '_mblc_has_certificate', 'yes');
    update_term_meta($levels['auto'], '_mblc_how_to_issue', 'auto');
    $users = [];
    foreach (member_luxe_fixture_keys() as $name => $keys) {
        $users[$name] = member_luxe_fixture_user("$name-$mark");
        foreach ($keys as $key) {
            member_luxe_fixture_key($users[$name], $key, $levels, $today);
        }
    }
    member_luxe_fixture_certificates($users, $levels, $today);
    update_user_meta($users['blocked'], 'wpm_status', 'inactive');
    $saved_again = gmdate('Y', $today) + 10 . '-01-01';
    member_luxe_fixture_key(0, ['level' => 'course', 'status' => 'new', 'sent' => 1, 'date_start' => $saved_again,
        'date_end' => $saved_again], $levels, $today);
    global $wpdb;
    // Through the database, as with people who were removed by hand: keys and certificates stay.
    $wpdb->delete($wpdb->users, ['ID' => $users['deleted']]);
    clean_user_cache($users['deleted']);
    return ['levels' => $levels, 'users' => $users];
}

/** @return array<string,array[]> keys of each user: start and end in days from today, the rest as columns */
function member_luxe_fixture_keys(): array
{
    $past = ['level' => 'course', 'start' => -60, 'end' => -30];
    $auto = ['level' => 'auto'] + $past;
    return [
        'lapsed' => [$past],
        'used-and-expired' => [['start' => -90, 'end' => -60, 'status' => 'expired'] + $past, $past],
        'extended' => [$past, ['start' => -30, 'end' => 30] + $past, ['start' => 30, 'end' => 60] + $past],
        'unlimited' => [['is_unlimited' => 1] + $past],
        'banned-last' => [$past, ['start' => -30, 'end' => 30, 'is_banned' => 1] + $past],
        'basket' => [['start' => -10, 'end' => 20, 'key_type' => 'wpm_keys_basket'] + $past],
        'on-parent' => [['level' => 'child'] + $past, ['level' => 'parent', 'end' => 30] + $past],
        'tie' => [$past, ['start' => -45] + $past],
        'ends-today' => [['end' => 0] + $past],
        'ends-tomorrow' => [['end' => 1] + $past],
        'auto-certificate' => [$auto],
        'both-certificates' => [$auto],
        'manual-certificate' => [$past],
        'other-certificate' => [$past],
        'deleted' => [$past],
        'blocked' => [$past],
        'zero-dates' => [['level' => 'course', 'status' => 'used']],
        'far-future' => [$past, ['level' => 'course', 'date_start' => '2020-01-20', 'date_end' => '2036-01-20']],
        'no-level' => [['level' => null] + $past],
    ];
}

function member_luxe_fixture_user(string $login): int
{
    return (int) wp_insert_user(['user_login' => $login, 'user_email' => "$login@example.test", 'user_pass' => 'x',
        'role' => 'customer', 'first_name' => ucfirst($login)]);
}

/** A row as the database would have it; straight in, so that no hook runs. */
function member_luxe_fixture_key(int $user_id, array $key, array $levels, int $today): int
{
    global $wpdb;
    $row = array_diff_key($key, ['level' => 1, 'start' => 1, 'end' => 1]);
    $row += ['term_id' => $levels[$key['level']] ?? null, 'user_id' => $user_id ?: null, 'key' => member_luxe_code(),
        'status' => 'used', 'duration' => 1, 'units' => 'months'];
    if (isset($key['end'])) {
        $row['date_start'] = member_luxe_fixture_day($today, $key['start']);
        $row['date_end'] = member_luxe_fixture_day($today, $key['end']);
        $row['date_registered'] = min($row['date_start'], gmdate('Y-m-d', $today));
    }
    $wpdb->insert(MBLTermKeysQuery::table(), $row);
    return (int) $wpdb->insert_id;
}

function member_luxe_fixture_day(int $today, int $days): string
{
    return gmdate('Y-m-d', $today + $days * DAY_IN_SECONDS);
}

/** Rows without the action. AUTO has the day of the activation and nobody responsible, MANUAL a typed date and staff. */
function member_luxe_fixture_certificates(array $users, array $levels, int $today): void
{
    $automatic = [member_luxe_fixture_day($today, -60), 0];
    $by_hand = [member_luxe_fixture_day($today, -40), 1];
    foreach ([
        ['auto-certificate', 'auto', $automatic],
        ['both-certificates', 'auto', $automatic],
        ['both-certificates', 'auto', $automatic],
        ['both-certificates', 'auto', $by_hand],
        ['manual-certificate', 'course', $by_hand],
        ['other-certificate', 'parent', $by_hand],
    ] as [$user, $level, [$day, $staff]]) {
        Certificate::insertCertificate(['user_id' => $users[$user], 'wpmlevel_id' => $levels[$level], 'certificate_template_id' => 0,
            'certificate_name' => 'Certificate', 'date_issue' => $day, 'series' => '', 'number' => sprintf('%05d', $users[$user]),
            'responsible_person' => $staff, 'create_date' => $day]);
    }
}

/** Activates at 01:30 of the site's own clock: on a site east of Greenwich the key carries yesterday's date. */
function member_luxe_fixture_night(int $user_id, int $term_id, string $zone): string
{
    update_option('timezone_string', $zone);
    $moment = new DateTimeImmutable('today 01:30', new DateTimeZone($zone));
    global $wpdb;
    $wpdb->insert(MBLTermKeysQuery::table(), ['term_id' => $term_id, 'user_id' => $user_id, 'key' => member_luxe_code(),
        'status' => 'used', 'duration' => 1, 'units' => 'months', 'date_start' => gmdate('Y-m-d', $moment->getTimestamp()),
        'date_end' => gmdate('Y-m-d', strtotime('+1 months', $moment->getTimestamp())),
        'date_registered' => gmdate('Y-m-d', $moment->getTimestamp())]);
    return $moment->format('Y-m-d');
}
