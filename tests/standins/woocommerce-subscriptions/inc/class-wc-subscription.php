<?php

/** Dates are UTC texts in post meta `_schedule_…`, 0 when unset. */
class WC_Subscription extends WC_Order
{
    protected const PROPS = parent::PROPS + ['billing_period' => '_billing_period', 'billing_interval' => '_billing_interval',
        'start' => '_schedule_start', 'trial_end' => '_schedule_trial_end', 'next_payment' => '_schedule_next_payment',
        'cancelled' => '_schedule_cancelled', 'end' => '_schedule_end', 'last_payment' => '_stand_in_last_payment'];

    private const MOVES = [
        'pending' => ['active', 'on-hold', 'pending-cancel', 'cancelled'],
        'active' => ['on-hold', 'pending-cancel', 'cancelled', 'expired', 'switched'],
        'on-hold' => ['active', 'pending-cancel', 'cancelled', 'expired', 'switched'],
        'pending-cancel' => ['active', 'cancelled', 'expired'],
    ];

    public function get_type()
    {
        return 'shop_subscription';
    }

    public function get_billing_period($context = 'view')
    {
        return (string) $this->get_prop('billing_period');
    }

    public function set_billing_period($period)
    {
        $this->set_prop('billing_period', $period);
    }

    /** @return string a number, as it comes from post meta */
    public function get_billing_interval($context = 'view')
    {
        return (string) $this->get_prop('billing_interval');
    }

    public function set_billing_interval($interval)
    {
        $this->set_prop('billing_interval', (string) $interval);
    }

    /** @return string|int Y-m-d H:i:s in UTC or in the site's zone; 0 when unset */
    public function get_date($date_type, $timezone = 'gmt')
    {
        $date = (string) $this->get_prop($date_type);
        if ($date === '' || $date === '0') {
            return 0;
        }
        return $timezone === 'gmt' ? $date : get_date_from_gmt($date);
    }

    /** @return int Unix seconds; 0 when unset. With `site` shifted by the zone, as everywhere in WordPress. */
    public function get_time($date_type, $timezone = 'gmt')
    {
        $date = $this->get_date($date_type, $timezone);
        return $date === 0 ? 0 : (int) strtotime("$date UTC");
    }

    /** @param array<string,string|int> $dates UTC, by type; 0 deletes */
    public function update_dates($dates, $timezone = 'gmt')
    {
        foreach ($dates as $type => $date) {
            if ($date !== 0 && strtotime("$date UTC") === false) {
                throw new InvalidArgumentException("Invalid $type date.");
            }
            $this->set_prop($type, $date);
        }
        $this->save();
        foreach ($dates as $type => $date) {
            $date === 0 ? do_action('woocommerce_subscription_date_deleted', $this, $type)
                : do_action('woocommerce_subscription_date_updated', $this, $type, $date);
        }
    }

    public function delete_date($date_type)
    {
        $this->update_dates([$date_type => 0]);
    }

    public function can_be_updated_to($new_status)
    {
        return in_array(preg_replace('/\Awc-/', '', $new_status), self::MOVES[$this->status] ?? [], true);
    }

    /** @throws Exception when the present status does not allow it */
    public function update_status($new_status, $note = '', $manual = false)
    {
        $old = $this->status;
        $new = preg_replace('/\Awc-/', '', $new_status);
        if ($new === $old) {
            return;
        }
        do_action('woocommerce_subscription_pre_update_status', $old, $new, $this);
        if (!$this->can_be_updated_to($new)) {
            throw new Exception("Unable to change subscription status to \"$new\".");
        }
        $this->set_dates_of($new);
        $this->set_status($new, $note, $manual);
        $this->save();
    }

    /** A payment that is near or past moves ahead when a subscription becomes active; an ended one has none. */
    private function set_dates_of(string $status): void
    {
        if ($status === 'active' && $this->get_time('next_payment') < time() + 2 * HOUR_IN_SECONDS) {
            $next = max(strtotime($this->length()), strtotime($this->length(), $this->get_time('next_payment') ?: time()));
            $this->update_dates(['next_payment' => gmdate('Y-m-d H:i:s', $next)]);
        } elseif (in_array($status, ['pending-cancel', 'cancelled', 'expired'], true)) {
            $end = $status === 'pending-cancel' ? $this->get_date('next_payment') : gmdate('Y-m-d H:i:s');
            $this->update_dates(['end' => $end, 'next_payment' => 0]);
        }
    }

    private function length(): string
    {
        return '+' . max(1, (int) $this->get_billing_interval()) . ' ' . $this->get_billing_period();
    }

    /** One try around all: an exception of any callback skips what follows it, in its hook and in the later ones. */
    protected function status_transition()
    {
        $change = $this->status_transition;
        if (!$change) {
            return;
        }
        $this->status_transition = false;
        try {
            do_action("woocommerce_subscription_status_{$change['to']}", $this);
            do_action("woocommerce_subscription_status_{$change['from']}_to_{$change['to']}", $this);
            do_action('woocommerce_subscription_status_updated', $this, $change['to'], $change['from']);
            do_action('woocommerce_subscription_status_changed', $this->id, $change['from'], $change['to'], $this);
            $this->add_order_note(trim("{$change['note']} Status changed from {$change['from']} to {$change['to']}."));
        } catch (Exception $e) {
            wc_get_logger()->error("Status transition of subscription #{$this->id} errored!", ['order' => $this, 'error' => $e]);
            $this->add_order_note('Error during subscription status transition. ' . $e->getMessage());
        }
    }

    /** A payment came in: the parent order's, or one for a renewal order. */
    public function payment_complete($transaction_id = '', $renewal_order = null)
    {
        $this->set_prop('last_payment', gmdate('Y-m-d H:i:s'));
        $this->save();
        if ($this->can_be_updated_to('active')) {
            $this->update_status('active');
        }
        do_action('woocommerce_subscription_payment_complete', $this);
        if ($renewal_order !== null) {
            do_action('woocommerce_subscription_renewal_payment_complete', $this, $renewal_order);
        }
        return true;
    }

    public function payment_failed($new_status = 'on-hold')
    {
        $this->add_order_note('Payment failed.');
        if ($this->can_be_updated_to($new_status)) {
            $this->update_status($new_status);
        }
        do_action('woocommerce_subscription_payment_failed', $this, $new_status);
    }

    /** @return int[] */
    public function get_related_orders($return_fields = 'ids', $order_types = ['parent', 'renewal', 'switch'])
    {
        return array_filter([$this->get_parent_id()]);
    }
}
