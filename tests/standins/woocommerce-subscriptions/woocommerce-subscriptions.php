<?php

/**
 * Plugin Name:      WooCommerce Subscriptions (stand-in)
 * Description:      Hooks and the subscription class as the original's. For tests and the demo only.
 * Version:          5.6.0
 * Requires Plugins: woocommerce
 *
 * Written from the description of its interfaces (../README.md), not from its code.
 */

defined('ABSPATH') || exit;

class WC_Subscriptions
{
    public static $version = '5.6.0';
}

add_filter('woocommerce_stand_in_types', static function (array $types): array {
    return $types + ['shop_subscription' => 'WC_Subscription'];
});
add_action('init', static function (): void {
    register_post_type('shop_subscription', ['public' => false]);
    foreach (['active', 'on-hold', 'pending', 'pending-cancel', 'cancelled', 'expired', 'switched'] as $status) {
        register_post_status("wc-$status", ['public' => false]);
    }
}, 5);

// Its file comes before WooCommerce's: a hyphen sorts before a slash.
did_action('plugins_loaded') ? woocommerce_subscriptions_start() : add_action('plugins_loaded', 'woocommerce_subscriptions_start', 5);

function woocommerce_subscriptions_start(): void
{
    require_once __DIR__ . '/inc/class-wc-subscription.php';
    require_once __DIR__ . '/inc/functions.php';
}
