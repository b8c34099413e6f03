<?php

namespace WPDesk\FlexibleSubscriptions\HookProvider\Compatibility;

use WPDesk\FlexibleSubscriptions\Subscription\Subscription;

/** The four status hooks of WooCommerce Subscriptions, with whatever class WC_Subscription is on this site. */
final class StatusHookMapper
{
    public function hooks(): void
    {
        add_action('fsub/subscription/status/updated', [$this, 'map_status_hooks'], 10, 3);
    }

    public function map_status_hooks(Subscription $subscription, string $new = '', ?string $previous = null): void
    {
        $cast = static function () use ($subscription) {
            return self::cast($subscription);
        };
        if ($new !== '') {
            do_action("woocommerce_subscription_status_$new", $cast());
        }
        if ($previous === null || $previous === '' || $previous === $new) {
            return;
        }
        do_action("woocommerce_subscription_status_{$previous}_to_$new", $cast());
        do_action('woocommerce_subscription_status_updated', $cast(), $new, $previous);
        do_action('woocommerce_subscription_status_changed', $subscription->get_id(), $previous, $new, $cast());
    }

    /** With the real class of the other plugin, which has no such row, the subscription goes out as it is. */
    private static function cast(Subscription $subscription)
    {
        return is_subclass_of('WC_Subscription', Subscription::class) ? new \WC_Subscription($subscription) : $subscription;
    }
}
