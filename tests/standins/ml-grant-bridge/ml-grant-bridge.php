<?php

/**
 * Plugin Name: ML Grant Bridge (stand-in)
 * Description: Owns the route /mlgb/v1/grant, so that another plugin can step aside. For tests and the demo only.
 * Version:     1.0.0
 *
 * It answers every call with what it was asked and grants nothing. Its file comes after `dormouse` in the alphabet.
 */

defined('ABSPATH') || exit;

define('ML_GRANT_BRIDGE_VERSION', '1.0.0');

add_action('rest_api_init', static function (): void {
    register_rest_route('mlgb/v1', '/grant', [
        'methods' => 'POST',
        'permission_callback' => '__return_true',
        'callback' => static function (WP_REST_Request $request): array {
            return ['owner' => 'ml-grant-bridge', 'asked' => $request->get_json_params()];
        },
    ]);
});
