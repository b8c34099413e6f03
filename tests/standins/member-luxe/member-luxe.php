<?php

/**
 * Plugin Name: MemberLux (stand-in)
 * Description: Behaves towards other plugins as MemberLux 2.97 does, defects included. For tests and the demo only.
 * Version:     2.97
 *
 * Written from the description of its interfaces (README.md beside this file), not from its code.
 */

defined('ABSPATH') || exit;

define('WP_MEMBERSHIP_VERSION', defined('MEMBER_LUXE_PROFILE') ? (string) MEMBER_LUXE_PROFILE : '2.97');

foreach (['defects', 'schema', 'levels', 'class-mbl-term-keys-query', 'keys',
    WP_MEMBERSHIP_VERSION === '2.17' ? 'activation-2.17' : 'activation', 'users', 'access', 'mail', 'cron'] as $member_luxe_part) {
    require_once __DIR__ . "/inc/$member_luxe_part.php";
}

register_activation_hook(__FILE__, 'member_luxe_install');
add_action('init', static function (): void {
    get_option('wpm_version') === WP_MEMBERSHIP_VERSION || member_luxe_install();
}, 1);

function member_luxe_install(): void
{
    update_option('wpm_version', WP_MEMBERSHIP_VERSION);
    add_option('wpm_main_options', ['home_id' => 1]);
    add_option('wpm_key_data', ['type' => 'fullpackaccess']);
    add_role('customer', 'Customer', ['read' => true]);
    add_role('coach', 'Coach', ['read' => true, 'certificate-delivery' => true]);
    foreach (['certificate-delivery', 'certificate-edit'] as $capability) {
        get_role('administrator')->add_cap($capability);
    }
    member_luxe_create_tables();
    // As the original: scheduled on every installation, without asking whether it is there already.
    wp_schedule_event(time(), 'daily', 'wpm_daily_schedule_hook');
}
