<?php

namespace Dormouse\Licence;

use Dormouse\InvalidJob;
use Dormouse\Jobs\Job;
use Dormouse\Jobs\LicenseProvision;
use Dormouse\Jobs\PeriodPush;
use Dormouse\Log;
use Dormouse\Settings;

/**
 * From events of subscriptions to jobs for the licence server: provision at priority 10 of an activation, period at 20,
 * and a period after each payment and change of the next payment's date.
 *
 * Nothing here throws: WooCommerce Subscriptions skips the remaining callbacks after an exception. For the same reason
 * a stranger's exception may skip ours; what an activation owed and did not get is made up for at the end of the
 * request.
 */
final class Bridge
{
    /** Of both families; where the newer Flexible Subscriptions fires both, it is one event. */
    private const ACTIVATED = ['woocommerce_subscription_status_active', 'fsub/subscription/status/updated/to/active'];
    private const PAID = ['woocommerce_subscription_payment_complete', 'woocommerce_subscription_renewal_payment_complete'];
    private const PROVISION = 10;
    private const PUSH = 20;
    /** Seconds: the job reads the subscription when it runs, and this request may still be writing it. */
    private const DELAY = 3;

    /** @var array<string,bool> idempotency keys that this request has handed over */
    private static $sent = [];
    /** @var array<int,array<string,bool>> by subscription: what its activation owes */
    private static $owed = [];

    public static function listen(): void
    {
        foreach (self::ACTIVATED as $action) {
            add_action($action, [self::class, 'provision'], self::PROVISION, 1);
            add_action($action, [self::class, 'push'], self::PUSH, 1);
        }
        foreach (self::PAID as $action) {
            add_action($action, [self::class, 'paid'], self::PUSH, 1);
        }
        add_action('woocommerce_subscription_date_updated', [self::class, 'moved'], self::PUSH, 2);
        add_action('woocommerce_subscription_pre_update_status', [self::class, 'before'], 1, 3);
        add_action('fsub/subscription/status/updated', [self::class, 'before_mapper'], 1, 2);
        add_action('shutdown', [self::class, 'make_up'], 5);
    }

    /** @param mixed $subscription */
    public static function provision($subscription = null): void
    {
        self::tell(LicenseProvision::KIND, 'active', $subscription);
    }

    /** @param mixed $subscription */
    public static function push($subscription = null): void
    {
        self::tell(PeriodPush::KIND, 'active', $subscription);
    }

    /** @param mixed $subscription */
    public static function paid($subscription = null): void
    {
        self::tell(PeriodPush::KIND, 'paid', $subscription);
    }

    /**
     * @param mixed $subscription
     * @param mixed $date_type
     */
    public static function moved($subscription = null, $date_type = ''): void
    {
        $known = Subscription::of($subscription);
        if ($date_type === 'next_payment' && $known !== null && $known->status() === 'active') {
            self::tell(PeriodPush::KIND, 'moved', $subscription);
        }
    }

    /**
     * @param mixed $old
     * @param mixed $new
     * @param mixed $subscription
     */
    public static function before($old = '', $new = '', $subscription = null): void
    {
        $known = $new === 'active' ? Subscription::of($subscription) : null;
        if ($known !== null) {
            self::$owed[$known->id()] = [LicenseProvision::KIND => true, PeriodPush::KIND => true];
        }
    }

    /**
     * @param mixed $subscription
     * @param mixed $new
     */
    public static function before_mapper($subscription = null, $new = ''): void
    {
        self::before('', $new, $subscription);
    }

    /** At the end of the request: what a stranger's exception kept from us. */
    public static function make_up(): void
    {
        foreach (self::$owed as $id => $kinds) {
            $subscription = Subscription::find($id);
            if ($subscription !== null && $subscription->status() === 'active') {
                foreach (array_keys($kinds) as $kind) {
                    self::tell_id($kind, 'active', $id);
                }
            }
        }
        self::$owed = [];
    }

    /**
     * For the command line: provisions and pushes a subscription as if it had just become active.
     *
     * @return array<string,string|false> ids of jobs by kind
     */
    public static function again(int $subscription_id): array
    {
        $version = Version::next($subscription_id);
        $out = [];
        foreach ([LicenseProvision::KIND, PeriodPush::KIND] as $kind) {
            $out[$kind] = self::job($kind, $subscription_id, $version)->enqueue();
        }
        return $out;
    }

    /** @param mixed $subscription */
    private static function tell(string $kind, string $event, $subscription): void
    {
        try {
            $known = Subscription::of($subscription);
            if ($known !== null) {
                self::tell_id($kind, $event, $known->id());
            }
        } catch (\Throwable $e) {
            Log::failure($kind . ': ' . get_class($e) . ': ' . $e->getMessage());
        }
    }

    private static function tell_id(string $kind, string $event, int $id): void
    {
        try {
            unset(self::$owed[$id][$kind]);
            if (!Settings::licence_bridge()) {
                return;
            }
            $job = self::job($kind, $id, Version::of($id, $event, $kind . ' ' . current_action()));
            if (empty(self::$sent[$job->key()])) {
                $delay = max(0, (int) apply_filters('dormouse_licence_delay', self::DELAY));
                $job = $delay > 0 ? $job->with(['at' => (time() + $delay) * 1000]) : $job;
                self::$sent[$job->key()] = $job->enqueue() !== false;
            }
        } catch (\Throwable $e) {
            Log::failure($kind . ' of subscription ' . $id . ': ' . get_class($e) . ': ' . $e->getMessage());
        }
    }

    /** @throws InvalidJob */
    private static function job(string $kind, int $id, int $version): Job
    {
        return $kind === PeriodPush::KIND ? PeriodPush::of($id, $version) : LicenseProvision::of($id, $version);
    }
}
