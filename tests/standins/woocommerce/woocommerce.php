<?php

/**
 * Plugin Name: WooCommerce (stand-in)
 * Description: Orders, as far as subscription plugins stand on them. For tests and the demo only.
 * Version:     8.2.0
 *
 * Written from the description of its interfaces (../README.md), not from its code.
 */

defined('ABSPATH') || exit;

define('WC_VERSION', '8.2.0');

final class WooCommerce
{
    public $version = WC_VERSION;
}

require_once __DIR__ . '/inc/class-wc-order.php';
require_once __DIR__ . '/inc/class-wc-order-item-product.php';
require_once __DIR__ . '/inc/orders.php';
require_once __DIR__ . '/inc/class-wc-logger.php';

add_action('init', static function (): void {
    register_post_type('shop_order', ['public' => false]);
    foreach (['pending', 'processing', 'on-hold', 'completed', 'cancelled', 'refunded', 'failed'] as $status) {
        register_post_status("wc-$status", ['public' => false]);
    }
}, 5);
