<?php

/** @param int|WC_Subscription|WP_Post $the_subscription @return WC_Subscription|false */
function wcs_get_subscription($the_subscription)
{
    if ($the_subscription instanceof WC_Subscription) {
        return $the_subscription;
    }
    $order = wc_get_order($the_subscription);
    return $order instanceof WC_Subscription ? $order : false;
}

function wcs_is_subscription($subscription)
{
    return wcs_get_subscription($subscription) !== false;
}

/** @param array $args subscription_status, customer_id, subscriptions_per_page @return array<int,WC_Subscription> by id */
function wcs_get_subscriptions($args)
{
    $status = $args['subscription_status'] ?? 'any';
    $query = ['type' => 'shop_subscription', 'limit' => $args['subscriptions_per_page'] ?? 10];
    if ($status !== 'any') {
        $query['status'] = $status;
    }
    if (!empty($args['customer_id'])) {
        $query['customer_id'] = $args['customer_id'];
    }
    $found = [];
    foreach (wc_get_orders($query) as $subscription) {
        $found[$subscription->get_id()] = $subscription;
    }
    return $found;
}

/**
 * A pending subscription: its billing address is that of the parent order, if there is one.
 *
 * @param array $args order_id, customer_id, billing_period, billing_interval, start_date (UTC)
 * @return WC_Subscription|WP_Error
 */
function wcs_create_subscription($args = [])
{
    $period = $args['billing_period'] ?? '';
    if (!in_array($period, ['day', 'week', 'month', 'year'], true)) {
        return new WP_Error('woocommerce_subscription_invalid_billing_period', 'Invalid subscription billing period given.');
    }
    $order = wc_get_order($args['order_id'] ?? 0);
    $subscription = new WC_Subscription();
    $subscription->set_parent_id($order ? $order->get_id() : 0);
    $subscription->set_customer_id($args['customer_id'] ?? ($order ? $order->get_customer_id() : 0));
    $subscription->set_billing_period($period);
    $subscription->set_billing_interval($args['billing_interval'] ?? 1);
    if ($order) {
        $subscription->set_billing_email($order->get_billing_email());
        $subscription->set_billing_first_name($order->get_billing_first_name());
        $subscription->set_billing_last_name($order->get_billing_last_name());
        foreach ($order->get_items() as $item) {
            $subscription->add_product($item->get_product_id(), $item->get_quantity());
        }
    }
    $subscription->save();
    $subscription->update_dates(['start' => $args['start_date'] ?? gmdate('Y-m-d H:i:s')]);
    do_action('wcs_create_subscription', $subscription);
    return $subscription;
}
