<?php

use WPDesk\FlexibleSubscriptions\Subscription\Subscription;

/** For code that knows the other plugin only. There is no get_date(): calling it is a fatal error, as on real sites. */
class WC_Subscription extends Subscription
{
    private const WORDS = ['D' => 'day', 'W' => 'week', 'M' => 'month', 'Y' => 'year'];

    /** @return string|int Unix seconds as text; 0 when unset */
    public function get_time($date_type, $timezone = 'gmt')
    {
        $getters = ['next_payment' => 'get_current_period_end', 'start' => 'get_start_date', 'date_created' => 'get_start_date',
            'end' => 'get_end_date', 'trial_end' => 'get_trial_end_date', 'cancelled' => 'get_cancelled_date'];
        $date = isset($getters[$date_type]) ? $this->{$getters[$date_type]}() : null;
        return $date === null ? 0 : $date->format('U');
    }

    public function get_billing_period()
    {
        return self::WORDS[$this->get_billing_frequency()->unit()] ?? 'month';
    }

    public function get_billing_interval()
    {
        return $this->get_billing_frequency()->length();
    }

    public function payment_failed($new_status = 'on-hold')
    {
        $this->update_status($new_status);
        do_action('woocommerce_subscription_payment_failed', $this, $new_status);
    }

    /** @return int[] */
    public function get_related_orders($return_fields = 'ids', $order_types = ['parent', 'renewal', 'switch'])
    {
        return array_filter([$this->get_parent_id()]);
    }
}
