<?php

/**
 * Plugin Name:      Flexible Subscriptions (stand-in)
 * Description:      Its order type, class, hooks and the stubs for code that knows WooCommerce Subscriptions. For tests and the demo only.
 * Version:          1.7.0
 * Requires Plugins: woocommerce
 *
 * Written from the description of its interfaces (../README.md), not from its code.
 *
 * `define('FLEXIBLE_SUBSCRIPTIONS_OLD', true)` makes it an older release: no hooks of the other family.
 */

defined('ABSPATH') || exit;

define('FLEXIBLE_SUBSCRIPTIONS_VERSION', '1.7.0');

add_filter('woocommerce_stand_in_types', static function (array $types): array {
    return $types + ['fsb_subscription' => 'WPDesk\FlexibleSubscriptions\Subscription\Subscription'];
});
add_action('init', static function (): void {
    register_post_type('fsb_subscription', ['public' => false]);
    foreach (['active', 'on-hold', 'pending', 'pending-cancel', 'cancelled', 'expired'] as $status) {
        register_post_status("wc-$status", ['public' => false]);
    }
}, 9);

// Its name comes before WooCommerce's, and before that of the real WC_Subscription.
did_action('plugins_loaded') ? flexible_subscriptions_start() : add_action('plugins_loaded', 'flexible_subscriptions_start');

function flexible_subscriptions_start(): void
{
    require_once __DIR__ . '/inc/class-interval.php';
    require_once __DIR__ . '/inc/class-subscription.php';
    if (!class_exists('WC_Subscription')) {
        require_once __DIR__ . '/inc/compat/class-wc-subscription.php';
        require_once __DIR__ . '/inc/compat/functions.php';
    }
    if (!defined('FLEXIBLE_SUBSCRIPTIONS_OLD') || !FLEXIBLE_SUBSCRIPTIONS_OLD) {
        require_once __DIR__ . '/inc/compat/class-status-hook-mapper.php';
        (new WPDesk\FlexibleSubscriptions\HookProvider\Compatibility\StatusHookMapper())->hooks();
    }
}
