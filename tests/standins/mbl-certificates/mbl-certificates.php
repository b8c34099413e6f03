<?php

/**
 * Plugin Name: MBL Certificates (stand-in)
 * Description: Behaves towards other plugins as the certificates plugin of MemberLux does. For tests and the demo only.
 * Version:     2.12
 *
 * Written from the description of its interfaces (../README.md), not from its code.
 */

defined('ABSPATH') || exit;

require_once __DIR__ . '/inc/schema.php';

register_activation_hook(__FILE__, 'mbl_certificates_create_tables');

// It is loaded before MemberLux (alphabet), so it looks for it later.
did_action('plugins_loaded') ? mbl_certificates_start() : add_action('plugins_loaded', 'mbl_certificates_start');

/** Without MemberLux, with an old one or without a licence the plugin does nothing: there is no class then. */
function mbl_certificates_start(): void
{
    $licence = (array) get_option('wpm_key_data', []);
    if (
        defined('WP_MEMBERSHIP_VERSION') && version_compare((string) get_option('wpm_version'), '2.3.4', '>=')
        && in_array($licence['type'] ?? '', ['fullpackaccess', 'cerificates'], true)
    ) {
        foreach (['class-certificate', 'issue', 'level', 'desk', 'mail'] as $part) {
            require_once __DIR__ . "/inc/$part.php";
        }
    }
}
