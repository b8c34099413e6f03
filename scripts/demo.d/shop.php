<?php

// Must-use plugin of the demo's site, the shop: GET /?demo_buy=NAME sells NAME a month of a course.

add_action('wp_loaded', static function (): void {
    if (isset($_GET['demo_buy'])) {
        printf("  %s has access until %s\n", $_GET['demo_buy'], demo_sell(sanitize_user($_GET['demo_buy'], true)));
        exit;
    }
});

/** Makes the customer, a level and a key where they are missing, and activates the key as the core does. */
function demo_sell(string $name): string
{
    $user = username_exists($name) ?: wp_insert_user(['user_login' => $name, 'user_email' => "$name@example.test",
        'user_pass' => wp_generate_password(), 'role' => 'customer']);
    $term = term_exists('Course', 'wpm-levels') ?: wp_insert_term('Course', 'wpm-levels');
    if (is_wp_error($user) || is_wp_error($term)) {
        wp_die('the shop has no customer or no course', '', ['response' => 500]);
    }
    $code = wpm_insert_one_user_key((int) $term['term_id'], 1, 'months');
    wpm_add_key_to_user((int) $user, $code, true, 'purchase');
    return wpm_search_key_id($code)['key_info']['date_end'];
}
