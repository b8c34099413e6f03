<?php

/** @return WC_Subscription|false */
function wcs_get_subscription($the_subscription)
{
    if ($the_subscription instanceof WC_Subscription) {
        return $the_subscription;
    }
    $order = wc_get_order($the_subscription);
    return $order && $order->get_type() === 'fsb_subscription' ? new WC_Subscription($order) : false;
}

function wcs_is_subscription($subscription)
{
    return wcs_get_subscription($subscription) !== false;
}

/** @return array<int,WC_Subscription> by id */
function wcs_get_subscriptions($args)
{
    $found = [];
    foreach (wc_get_orders(['type' => 'fsb_subscription', 'limit' => $args['subscriptions_per_page'] ?? 10]) as $order) {
        $found[$order->get_id()] = new WC_Subscription($order);
    }
    return $found;
}
