<?php

/** Classes by their order type; subscription plugins add theirs. @return array<string,string> */
function woocommerce_stand_in_types(): array
{
    return (array) apply_filters('woocommerce_stand_in_types', ['shop_order' => WC_Order::class]);
}

/** @return WC_Order|false of the class that its type has */
function wc_get_order($order = false)
{
    $id = is_object($order) ? ($order instanceof WP_Post ? $order->ID : $order->get_id()) : (int) $order;
    $class = woocommerce_stand_in_types()[get_post_type($id) ?: ''] ?? null;
    return $class === null ? false : new $class($id);
}

/** @param array $args status, customer_id, parent @return WC_Order */
function wc_create_order($args = [])
{
    $order = new WC_Order();
    $order->set_customer_id($args['customer_id'] ?? 0);
    $order->set_parent_id($args['parent'] ?? 0);
    $order->save();
    if (isset($args['status'])) {
        $order->update_status($args['status']);
    }
    return $order;
}

/** @param array $args type, status, limit, customer_id @return WC_Order[] */
function wc_get_orders($args)
{
    $types = (array) ($args['type'] ?? 'shop_order');
    $statuses = array_map(static function ($status) {
        return strpos($status, 'wc-') === 0 ? $status : "wc-$status";
    }, (array) ($args['status'] ?? []));
    $found = get_posts(['post_type' => $types, 'post_status' => $statuses ?: array_values(get_post_stati()), 'fields' => 'ids',
        'numberposts' => $args['limit'] ?? 10, 'orderby' => 'ID', 'order' => 'DESC', 'suppress_filters' => true]);
    $orders = array_filter(array_map('wc_get_order', $found));
    return array_values(array_filter($orders, static function (WC_Order $order) use ($args): bool {
        return !isset($args['customer_id']) || $order->get_customer_id() === (int) $args['customer_id'];
    }));
}

/** @return object[] with content, newest first */
function wc_get_order_notes($args)
{
    return array_map(static function (WP_Comment $comment) {
        return (object) ['id' => (int) $comment->comment_ID, 'content' => $comment->comment_content];
    }, get_comments(['post_id' => $args['order_id'], 'type' => 'order_note', 'orderby' => 'comment_ID']));
}
