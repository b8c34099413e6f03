<?php

namespace WPDesk\FlexibleSubscriptions\Subscription;

use WPDesk\FlexibleSubscriptions\Vendor\WPDesk\Interval\WPInterval;

/** Not of WooCommerce Subscriptions' type; dates are immutable objects in UTC, and "next payment" is the period's end. */
class Subscription extends \WC_Order
{
    public const OBJECT_TYPE = 'fsb_subscription';
    protected const PROPS = parent::PROPS + ['billing_frequency' => '_billing_frequency', 'start_date_utc' => '_start_date_utc',
        'current_period_start_utc' => '_current_period_start_utc', 'current_period_end_utc' => '_current_period_end_utc',
        'end_date_utc' => '_end_date_utc', 'trial_end_date_utc' => '_trial_end_date_utc',
        'cancelled_date_utc' => '_cancelled_date_utc'];

    private const MOVES = [
        'pending' => ['active', 'on-hold', 'pending-cancel', 'cancelled', 'trash'],
        'on-hold' => ['active', 'pending-cancel', 'expired', 'trash'],
        'active' => ['on-hold', 'pending-cancel', 'expired', 'trash'],
        'pending-cancel' => ['active', 'cancelled', 'trash'],
        'cancelled' => ['trash'],
        'expired' => ['trash'],
    ];

    public function get_type()
    {
        return self::OBJECT_TYPE;
    }

    public function save()
    {
        $new = $this->id === 0;
        parent::save();
        $new && do_action('fsub/subscription/new', $this);
        return $this->id;
    }

    public function can_be_updated_to(string $new_status): bool
    {
        return in_array(preg_replace('/\Awc-/', '', $new_status), self::MOVES[$this->status] ?? [], true);
    }

    /** False without a change when the present status does not allow it. */
    public function update_status($new_status, $note = '', $manual = false)
    {
        return $this->id !== 0 && $this->can_be_updated_to($new_status) && parent::update_status($new_status, $note, $manual);
    }

    /** Nothing is caught here: an exception of a callback leaves save(). */
    protected function status_transition()
    {
        $change = $this->status_transition;
        $this->status_transition = false;
        if (!$change) {
            return;
        }
        ['from' => $from, 'to' => $to] = $change;
        do_action('fsub/subscription/status/updated', $this, $to, $from);
        do_action("fsub/subscription/status/updated/to/$to", $this, $from);
        do_action("fsub/subscription/status/updated/from/$from", $this, $to);
        do_action("fsub/subscription/status/updated/from/$from/to/$to", $this);
        $this->add_order_note(trim("{$change['note']} Order status changed from $from to $to."));
    }

    /** One period from the end of the last, or from now. */
    public function payment_complete($transaction_id = '')
    {
        $now = new \DateTimeImmutable('now', new \DateTimeZone('UTC'));
        $start = max($this->get_current_period_end() ?? $now, $now);
        $this->set_current_period_start($start);
        $this->set_current_period_end($start->add($this->get_billing_frequency()));
        if ($this->can_be_updated_to('active')) {
            $this->set_status('active');
        }
        $this->save();
        do_action('woocommerce_subscription_payment_complete', $this);
        return true;
    }

    public function get_billing_frequency(): WPInterval
    {
        return new WPInterval($this->get_prop('billing_frequency') ?: 'PT0S');
    }

    /** @param WPInterval|string $frequency such as P1M */
    public function set_billing_frequency($frequency): void
    {
        $this->set_prop('billing_frequency', (string) $frequency);
    }

    public function get_start_date(): ?\DateTimeInterface
    {
        return $this->date('start_date_utc');
    }

    public function set_start_date($date): void
    {
        $this->set_date('start_date_utc', $date);
    }

    public function get_current_period_start(): ?\DateTimeInterface
    {
        return $this->date('current_period_start_utc');
    }

    public function set_current_period_start($date): void
    {
        $this->set_date('current_period_start_utc', $date);
    }

    public function get_current_period_end(): ?\DateTimeInterface
    {
        return $this->date('current_period_end_utc');
    }

    public function set_current_period_end($date): void
    {
        $this->set_date('current_period_end_utc', $date);
    }

    /** @deprecated get_current_period_end() */
    public function get_next_payment_date(): ?\DateTimeInterface
    {
        _deprecated_function(__METHOD__, '1.6.0', 'get_current_period_end');
        return $this->get_current_period_end();
    }

    public function get_end_date(): ?\DateTimeInterface
    {
        return $this->date('end_date_utc');
    }

    public function get_trial_end_date(): ?\DateTimeInterface
    {
        return $this->date('trial_end_date_utc');
    }

    public function get_cancelled_date(): ?\DateTimeInterface
    {
        return $this->date('cancelled_date_utc');
    }

    private function date(string $prop): ?\DateTimeInterface
    {
        $text = (string) $this->get_prop($prop);
        return $text === '' || strpos($text, '0000') === 0 ? null : new \DateTimeImmutable($text, new \DateTimeZone('UTC'));
    }

    /** @param \DateTimeInterface|string|null $date a text is in UTC */
    private function set_date(string $prop, $date): void
    {
        if ($date instanceof \DateTimeInterface) {
            $date = gmdate('Y-m-d H:i:s', $date->getTimestamp());
        }
        $this->set_prop($prop, (string) $date);
    }
}
