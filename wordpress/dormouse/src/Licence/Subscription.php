<?php

namespace Dormouse\Licence;

/**
 * A subscription of whichever plugin the site has. Reads only, and every call of the foreign object is guarded: what it
 * lacks (get_date() with Flexible Subscriptions) or what goes wrong in it is "not known", never a fatal error.
 */
final class Subscription
{
    private const TYPES = ['shop_subscription' => 'wcs', 'fsb_subscription' => 'flexible'];

    /** @var object WC_Subscription, the stub of that name, or Flexible Subscriptions' own */
    private $object;

    private function __construct(object $object)
    {
        $this->object = $object;
    }

    /** @param mixed $object what a hook passes; null = no subscription */
    public static function of($object): ?self
    {
        $subscription = is_object($object) ? new self($object) : null;
        return $subscription !== null && $subscription->id() > 0 ? $subscription : null;
    }

    public static function find(int $id): ?self
    {
        // WooCommerce's own look-up knows the types of both plugins; the stubs may be missing.
        foreach (['wc_get_order', 'wcs_get_subscription'] as $function) {
            try {
                $found = function_exists($function) ? self::of($function($id)) : null;
            } catch (\Throwable $unknown) {
                $found = null;
            }
            if ($found !== null && $found->plugin() !== null) {
                return $found;
            }
        }
        return null;
    }

    /** Is there a plugin that could know subscriptions? */
    public static function possible(): bool
    {
        return function_exists('wcs_get_subscription') || post_type_exists('fsb_subscription');
    }

    public function id(): int
    {
        return (int) $this->number($this->ask('get_id'));
    }

    /** Without WooCommerce's prefix: `active`, `on-hold` … */
    public function status(): string
    {
        return (string) preg_replace('/\Awc-/', '', $this->text($this->ask('get_status')));
    }

    /** @return array<string,mixed> the answer of the companion (README, "Routes") */
    public function describe(): array
    {
        $frequency = $this->ask('get_billing_frequency');
        $user_id = (int) ($this->number($this->ask('get_user_id')) ?? $this->number($this->ask('get_customer_id')));
        return [
            'subscription_id' => $this->id(),
            'status' => $this->status(),
            'billing_period' => Period::unit($this->ask('get_billing_period')) ?? Period::unit(self::call($frequency, 'unit')),
            'billing_interval' => Period::interval($this->ask('get_billing_interval'))
                ?? Period::interval(self::call($frequency, 'length')),
            'next_payment_date_gmt' => $this->next_payment(),
            'start_date_gmt' => Period::moment($this->ask('get_time', 'start')) ?? Period::moment($this->ask('get_start_date'))
                ?? Period::moment($this->ask('get_date_created')),
        ] + $this->person($user_id) + [
            'user_id' => $user_id,
            'order_id' => (int) $this->number($this->ask('get_parent_id')),
            'product_ids' => $this->product_ids(),
            'plugin' => $this->plugin(),
        ];
    }

    /** @return string|null Y-m-d H:i:s in UTC */
    private function next_payment(): ?string
    {
        return Period::moment($this->ask('get_time', 'next_payment'))
            ?? Period::moment($this->ask('get_current_period_end'))
            ?? Period::moment($this->ask('get_date', 'next_payment'));
    }

    /** @return array<string,string> as billed, else as registered */
    private function person(int $user_id): array
    {
        $user = $user_id > 0 ? get_userdata($user_id) : false;
        $billed = [
            'email' => $this->text($this->ask('get_billing_email')),
            'first_name' => $this->text($this->ask('get_billing_first_name')),
            'last_name' => $this->text($this->ask('get_billing_last_name')),
        ];
        if (!$user) {
            return $billed;
        }
        $registered = ['email' => $user->user_email, 'first_name' => $user->first_name, 'last_name' => $user->last_name];
        return array_filter($billed, 'strlen') + $registered;
    }

    /** @return int[] */
    private function product_ids(): array
    {
        $ids = [];
        $items = $this->ask('get_items');
        foreach (is_iterable($items) ? $items : [] as $item) {
            $id = (int) $this->number(self::call($item, 'get_product_id'));
            if ($id > 0) {
                $ids[$id] = $id;
            }
        }
        return array_values($ids);
    }

    /** @return string|null wcs, flexible; null = no subscription */
    private function plugin(): ?string
    {
        return self::TYPES[$this->text($this->ask('get_type'))] ?? null;
    }

    /**
     * @param mixed ...$args
     * @return mixed null when there is no such method or it fails
     */
    private function ask(string $method, ...$args)
    {
        return self::call($this->object, $method, ...$args);
    }

    /**
     * @param mixed $object
     * @param mixed ...$args
     * @return mixed
     */
    private static function call($object, string $method, ...$args)
    {
        try {
            return is_object($object) && is_callable([$object, $method]) ? $object->$method(...$args) : null;
        } catch (\Throwable $foreign) {
            return null;
        }
    }

    /** @param mixed $value */
    private function number($value): ?int
    {
        return is_numeric($value) ? (int) $value : null;
    }

    /** @param mixed $value */
    private function text($value): string
    {
        return is_scalar($value) ? (string) $value : '';
    }
}
