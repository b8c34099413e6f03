<?php

/**
 * Plugin Name: MBL API (stand-in)
 * Description: REST routes of the API module, as far as others meet them. For tests and the demo only.
 * Version:     1.25
 *
 * Written from the description of its interfaces (../README.md), not from its code.
 */

defined('ABSPATH') || exit;

add_action('rest_api_init', static function (): void {
    // Open to anyone, and no queue: whoever does not answer in five seconds has missed it.
    register_rest_route('mbl/v1', '/webhook/action', [
        'methods' => 'POST',
        'permission_callback' => '__return_true',
        'callback' => 'mbl_api_fan_out',
    ]);
    // Not the shape with customer, product and meta: products of the shop, for administrators.
    register_rest_route('mbl/v1', '/order', [
        'methods' => 'POST',
        'permission_callback' => static function (): bool {
            return current_user_can('manage_options');
        },
        'args' => ['email' => ['required' => true], 'product_id' => ['required' => true]],
        'callback' => static function (WP_REST_Request $request): array {
            return ['order_id' => 1, 'status' => 'completed', 'email' => $request['email'],
                'product_id' => array_map('intval', (array) $request['product_id'])];
        },
    ]);
});

/** Sends the body on to each address that waits for its type or for all; hook tables of the shape `module`. */
function mbl_api_fan_out(WP_REST_Request $request): array
{
    $sent = 0;
    foreach ((array) ($request->get_json_params()['actions'] ?? []) as $action) {
        foreach (mbl_api_destinations((string) ($action['type'] ?? '')) as $url) {
            wp_remote_post($url, ['timeout' => 5, 'sslverify' => false, 'body' => wp_json_encode($action),
                'headers' => ['Content-Type' => 'application/json']]);
            $sent++;
        }
    }
    return ['sent' => $sent];
}

/** @return string[] */
function mbl_api_destinations(string $type): array
{
    global $wpdb;
    $hook = $wpdb->prefix . 'memberlux_hook';
    return $wpdb->get_col($wpdb->prepare(
        "SELECT DISTINCT h.destination FROM `$hook` h JOIN `{$hook}_action` a ON a.hook_id = h.id
            WHERE h.active = 1 AND a.action IN (%s, 'all') ORDER BY h.sort, h.id",
        $type
    ));
}
