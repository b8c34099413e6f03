<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The stand-ins of both subscription plugins: their hooks with their arguments, their dates, their traps. */
final class StandInSubscriptionsTest extends TestCase
{
    private const HOOKS = '$log = [];
        foreach (["woocommerce_subscription_pre_update_status", "woocommerce_subscription_status_active",
            "woocommerce_subscription_status_pending_to_active", "woocommerce_subscription_status_updated",
            "woocommerce_subscription_status_changed", "woocommerce_subscription_payment_complete",
            "fsub/subscription/new", "fsub/subscription/status/updated", "fsub/subscription/status/updated/to/active",
            "fsub/subscription/status/updated/from/pending", "fsub/subscription/status/updated/from/pending/to/active"] as $name) {
            add_action($name, static function (...$args) use (&$log, $name) {
                $log[] = array_merge([$name], array_map(static function ($a) { return is_object($a) ? get_class($a) : $a; }, $args));
            }, 20, 9);
        }';
    private const WCS = '
        $order = wc_create_order(["customer_id" => 1]);
        $order->set_billing_email("buyer@example.test"); $order->set_billing_first_name("Ivan");
        $order->set_billing_last_name("Petrov"); $order->add_product(77); $order->save();
        $s = wcs_create_subscription(["order_id" => $order->get_id(), "billing_period" => "month", "billing_interval" => 3]);';
    private const FLEXIBLE = '
        $s = new WPDesk\FlexibleSubscriptions\Subscription\Subscription();
        $s->set_billing_frequency("P2W"); $s->set_start_date("2026-01-01 10:00:00"); $s->set_billing_email("f@example.test");
        $s->set_current_period_end("2030-01-15 10:00:00"); $s->add_product(5); $s->save();';
    private const FLEXIBLE_CLASS = 'WPDesk\FlexibleSubscriptions\Subscription\Subscription';

    private static $wcs;
    private static $flexible;

    public static function setUpBeforeClass(): void
    {
        self::$wcs = new Site(['--plugins=woocommerce-subscriptions']);
        self::$flexible = new Site(['--plugins=flexible-subscriptions']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$wcs = self::$flexible = null;
    }

    public function test_wcs_hooks_fire_in_order_with_their_arguments(): void
    {
        [$id, $log] = self::$wcs->run(self::WCS . self::HOOKS . '$s->payment_complete(); return [$s->get_id(), $log];');
        self::assertSame([
            ['woocommerce_subscription_pre_update_status', 'pending', 'active', 'WC_Subscription'],
            ['woocommerce_subscription_status_active', 'WC_Subscription'],
            ['woocommerce_subscription_status_pending_to_active', 'WC_Subscription'],
            ['woocommerce_subscription_status_updated', 'WC_Subscription', 'active', 'pending'],
            ['woocommerce_subscription_status_changed', $id, 'pending', 'active', 'WC_Subscription'],
            ['woocommerce_subscription_payment_complete', 'WC_Subscription'],
        ], $log);
    }

    public function test_wcs_subscription_keeps_what_it_was_sold_with(): void
    {
        $out = self::$wcs->run(self::WCS . '$s->update_dates(["next_payment" => "2031-05-06 07:08:09"]);
            update_option("timezone_string", "Europe/Moscow");
            $s = wcs_get_subscription($s->get_id());
            return [$s->get_billing_email(), $s->get_billing_first_name(), $s->get_billing_last_name(), $s->get_user_id(),
                $s->get_parent_id() === $order->get_id(), $s->get_items()[0]->get_product_id(), $s->get_status(),
                $s->get_billing_period(), $s->get_billing_interval(), $s->get_date("next_payment"), $s->get_date("next_payment", "site"),
                $s->get_time("next_payment"), $s->get_date("end"), $s->get_time("end"), get_post_type($s->get_id()),
                wcs_get_subscription($order->get_id()), wcs_get_subscription(999999)];');
        self::assertSame(['buyer@example.test', 'Ivan', 'Petrov', 1, true, 77, 'pending', 'month', '3', '2031-05-06 07:08:09',
            '2031-05-06 10:08:09', gmmktime(7, 8, 9, 5, 6, 2031), 0, 0, 'shop_subscription', false, false], $out);
    }

    public function test_wcs_activation_moves_a_missing_payment_ahead_and_cancelling_takes_it_away(): void
    {
        [$next, $expected, $after, $log] = self::$wcs->run(self::WCS . '$log = [];
            add_action("woocommerce_subscription_date_updated", static function ($s, $type, $date) use (&$log) {
                $log[] = [$type, $s->get_date($type) === $date, $s->get_status()]; }, 10, 3);
            add_action("woocommerce_subscription_date_deleted", static function ($s, $type) use (&$log) { $log[] = [$type]; }, 10, 2);
            $s->update_status("active");
            $next = $s->get_time("next_payment"); $s->update_status("cancelled");
            return [$next, strtotime("+3 months"), $s->get_date("next_payment"), $log];');
        self::assertEqualsWithDelta($expected, $next, 5);
        self::assertSame(0, $after);
        self::assertSame([['next_payment', true, 'pending'], ['end', true, 'active'], ['next_payment']], $log);
    }

    public function test_wcs_exception_of_a_handler_is_noted_and_skips_the_callbacks_that_follow(): void
    {
        $out = self::$wcs->run(self::WCS . '$later = 0;
            $count = static function () use (&$later) { $later++; };
            add_action("woocommerce_subscription_status_active", static function () { throw new Exception("licence is down"); }, 10);
            add_action("woocommerce_subscription_status_active", $count, 20);
            add_action("woocommerce_subscription_status_updated", $count, 10);
            $s->update_status("active");
            return [$later, wcs_get_subscription($s->get_id())->get_status(),
                wc_get_order_notes(["order_id" => $s->get_id()])[0]->content];');
        self::assertSame([0, 'active', 'Error during subscription status transition. licence is down'], $out);
        self::assertStringContainsString('licence is down', file_get_contents(self::$wcs->dir . '/wp-content/uploads/wc-logs/errors.log'));
    }

    public function test_wcs_refuses_a_move_that_its_status_does_not_allow(): void
    {
        self::assertSame(['Unable to change subscription status to "active".', 'cancelled'], self::$wcs->run(self::WCS . '
            $s->update_status("cancelled");
            try { $s->update_status("active"); } catch (Exception $e) { return [$e->getMessage(), $s->get_status()]; }'));
    }

    public function test_flexible_fires_its_own_hooks_around_those_of_the_other_family(): void
    {
        [$id, $log] = self::$flexible->run(self::HOOKS . self::FLEXIBLE . '$s->update_status("active"); return [$s->get_id(), $log];');
        self::assertSame([
            ['fsub/subscription/new', self::FLEXIBLE_CLASS],
            ['woocommerce_subscription_status_active', 'WC_Subscription'],
            ['woocommerce_subscription_status_pending_to_active', 'WC_Subscription'],
            ['woocommerce_subscription_status_updated', 'WC_Subscription', 'active', 'pending'],
            ['woocommerce_subscription_status_changed', $id, 'pending', 'active', 'WC_Subscription'],
            ['fsub/subscription/status/updated', self::FLEXIBLE_CLASS, 'active', 'pending'],
            ['fsub/subscription/status/updated/to/active', self::FLEXIBLE_CLASS, 'pending'],
            ['fsub/subscription/status/updated/from/pending', self::FLEXIBLE_CLASS, 'active'],
            ['fsub/subscription/status/updated/from/pending/to/active', self::FLEXIBLE_CLASS],
        ], $log);
    }

    public function test_old_flexible_fires_its_own_hooks_only(): void
    {
        $log = self::$flexible->run(self::HOOKS . self::FLEXIBLE . '$s->update_status("active"); return array_column($log, 0);',
            ['FLEXIBLE_SUBSCRIPTIONS_OLD' => true]);
        self::assertCount(5, $log);
        self::assertSame([], preg_grep('/^woocommerce/', $log));
    }

    public function test_flexible_says_period_and_dates_in_its_own_words(): void
    {
        $out = self::$flexible->run(self::FLEXIBLE . '$s = wc_get_order($s->get_id()); $f = $s->get_billing_frequency();
            return [get_class($s), $s->get_type(), $f->unit(), $f->length(), $s->get_current_period_end()->format("c"),
                $s->get_end_date(), $s->get_billing_email(), $s->get_items()[0]->get_product_id()];');
        self::assertSame([self::FLEXIBLE_CLASS, 'fsb_subscription', 'W', 2, '2030-01-15T10:00:00+00:00', null, 'f@example.test', 5], $out);
    }

    public function test_flexible_stub_speaks_of_times_but_not_of_dates(): void
    {
        $out = self::$flexible->run(self::FLEXIBLE . '$s = wcs_get_subscription($s->get_id());
            return [$s->get_time("next_payment"), $s->get_time("end"), $s->get_billing_period(), $s->get_billing_interval(),
                is_callable([$s, "get_date"])];');
        self::assertSame([(string) gmmktime(10, 0, 0, 1, 15, 2030), 0, 'week', 2, false], $out);
    }

    public function test_flexible_handler_exception_leaves_save(): void
    {
        self::assertSame('down', self::$flexible->run(self::FLEXIBLE . '
            add_action("woocommerce_subscription_status_active", static function () { throw new Exception("down"); });
            try { $s->update_status("active"); } catch (Exception $e) { return $e->getMessage(); }'));
    }

    public function test_beside_the_real_class_flexible_brings_no_stub(): void
    {
        $both = new Site(['--plugins=woocommerce-subscriptions,flexible-subscriptions']);
        self::assertSame(['WC_Order', true, 'fsb_subscription', false], $both->run(self::FLEXIBLE . '
            return [get_parent_class("WC_Subscription"), method_exists("WC_Subscription", "get_date"),
                wc_get_order($s->get_id())->get_type(), wcs_get_subscription($s->get_id())];'));
    }
}
