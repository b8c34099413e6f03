<?php

use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** From events of subscriptions to jobs, with both plugins that sell them. */
final class LicenceTest extends TestCase
{
    private const WCS = '
        $order = wc_create_order(["customer_id" => 1]);
        $order->set_billing_email("buyer@example.test"); $order->add_product(77); $order->save();
        $s = wcs_create_subscription(["order_id" => $order->get_id(), "billing_period" => "month"]);';
    private const FLEXIBLE = '
        $s = new WPDesk\FlexibleSubscriptions\Subscription\Subscription();
        $s->set_billing_frequency("P1M"); $s->set_billing_email("f@example.test");
        $s->set_current_period_end("2030-01-15 10:00:00"); $s->save();';
    private const FAILURES = '$failures = [];
        add_action("dormouse_failure", static function ($message) use (&$failures) { $failures[] = $message; });';
    private const OLD = ['FLEXIBLE_SUBSCRIPTIONS_OLD' => true];

    private static $wcs;
    private static $flexible;
    private static $redis;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$wcs = new Site(['--plugins=dormouse,woocommerce-subscriptions']);
        self::$flexible = new Site(['--plugins=dormouse,flexible-subscriptions']);
        foreach ([self::$wcs, self::$flexible] as $site) {
            $site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket]);
        }
    }

    public static function tearDownAfterClass(): void
    {
        self::$wcs = self::$flexible = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
    }

    protected function assertPostConditions(): void
    {
        foreach ([self::$wcs, self::$flexible] as $site) {
            self::assertSame([], $site->complaints());
            self::assertSame([], $site->outbox());
        }
    }

    public static function sites(): array
    {
        return ['WooCommerce Subscriptions' => ['wcs', self::WCS, []], 'Flexible Subscriptions, both families of hooks' =>
            ['flexible', self::FLEXIBLE, []], 'Flexible Subscriptions of old, its own hooks only' => ['flexible', self::FLEXIBLE, self::OLD]];
    }

    /** @dataProvider sites */
    public function test_activation_is_told_once_as_provision_and_then_period_of_one_version(string $site, string $make, array $defines): void
    {
        $id = self::$$site->run($make . '$s->update_status("active"); return $s->get_id();', $defines);
        $jobs = self::$redis->jobs();
        self::assertSame(['license-provision', 'period-push'], array_column($jobs, 'kind'));
        $version = $jobs[0]->args->version;
        foreach ($jobs as $job) {
            self::assertSame(['subscription_id' => $id, 'version' => $version], (array) $job->args);
        }
        self::assertSame(["provision:main:$id:$version", "period:main:$id:$version"], array_column($jobs, 'key'));
        // The request may still be writing what the job reads.
        self::assertEqualsWithDelta(microtime(true) * 1000 + 3000, $jobs[0]->at, 2500);
    }

    /** @dataProvider sites */
    public function test_each_activation_has_a_greater_version(string $site, string $make, array $defines): void
    {
        self::$$site->run($make . 'foreach (["active", "on-hold", "active"] as $to) { $s->update_status($to); } return 1;', $defines);
        $versions = array_column(array_column(self::$redis->jobs(), 'args'), 'version');
        self::assertCount(4, $versions);
        self::assertSame($versions[0], $versions[1]);
        self::assertSame($versions[2], $versions[3]);
        self::assertGreaterThan($versions[0], $versions[2]);
    }

    /** @dataProvider sites */
    public function test_other_changes_of_status_are_nothing_to_tell(string $site, string $make, array $defines): void
    {
        self::$$site->run($make . '$s->update_status("on-hold"); $s->update_status("pending-cancel"); return 1;', $defines);
        self::assertSame([], self::$redis->intake());
    }

    public static function strangers(): array
    {
        return ['before both' => [5], 'between them' => [15]];
    }

    /** @dataProvider strangers */
    public function test_strangers_exception_does_not_keep_an_activation_from_us(int $priority): void
    {
        self::$wcs->run(self::WCS . 'add_action("woocommerce_subscription_status_active", static function () {
            throw new Exception("licence is down"); }, ' . $priority . '); $s->update_status("active"); return 1;');
        $jobs = self::$redis->jobs();
        self::assertSame(['license-provision', 'period-push'], array_column($jobs, 'kind'));
        self::assertSame($jobs[0]->args->version, $jobs[1]->args->version);
    }

    public function test_our_own_failure_at_10_reaches_neither_the_plugin_nor_the_push_at_20(): void
    {
        [$failures, $later] = self::$wcs->run(self::WCS . self::FAILURES . '$later = 0; $calls = 0;
            add_filter("dormouse_licence_delay", static function ($delay) use (&$calls) {
                if ($calls++ === 0) { throw new Error("broken filter"); } return $delay; });
            add_action("woocommerce_subscription_status_active", static function () use (&$later) { $later++; }, 30);
            $s->update_status("active"); return [$failures, $later];');
        self::assertSame(['period-push'], array_column(self::$redis->jobs(), 'kind'));
        self::assertSame(1, $later);
        self::assertStringContainsString('broken filter', $failures[0]);
    }

    public function test_provision_listens_at_10_and_the_period_at_20(): void
    {
        $at = self::$wcs->run('return array_map(static function ($action) {
            return [has_action($action, ["Dormouse\Licence\Bridge", "provision"]), has_action($action, ["Dormouse\Licence\Bridge", "push"])];
            }, ["woocommerce_subscription_status_active", "fsub/subscription/status/updated/to/active"]);');
        self::assertSame([[10, 20], [10, 20]], $at);
    }

    public function test_site_with_both_plugins_tells_each_subscription_once_and_reads_it_rightly(): void
    {
        $site = new Site(['--plugins=dormouse,woocommerce-subscriptions,flexible-subscriptions']);
        $site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket]);
        $plugins = $site->run(self::WCS . '$s->update_status("active"); $wcs = $s->get_id();' . self::FLEXIBLE . '
            $s->update_status("active"); return array_map(static function ($id) {
                return Dormouse\Licence\Subscription::find($id)->describe()["plugin"]; }, [$wcs, $s->get_id()]);');
        self::assertSame(['wcs', 'flexible'], $plugins);
        self::assertSame(['license-provision', 'period-push', 'license-provision', 'period-push'], array_column(self::$redis->jobs(), 'kind'));
        self::assertSame([], $site->complaints());
    }

    public function test_activation_that_the_plugin_refuses_is_not_told(): void
    {
        self::$wcs->run(self::WCS . '$s->update_status("cancelled");
            try { $s->update_status("active"); } catch (Exception $refused) { return 1; }');
        self::assertSame([], self::$redis->intake());
    }

    public function test_renewal_pushes_one_new_period_though_two_hooks_tell_it(): void
    {
        self::$wcs->run(self::WCS . '$s->update_status("active"); return 1;');
        $first = self::$redis->jobs()[1]->args->version;
        self::$redis->cli('FLUSHALL');
        self::$wcs->run('$s = wcs_get_subscription(' . $this->last_subscription('wcs') . ');
            do_action("woocommerce_subscription_payment_complete", $s);
            do_action("woocommerce_subscription_renewal_payment_complete", $s, wc_create_order()); return 1;');
        $jobs = self::$redis->jobs();
        self::assertSame(['period-push'], array_column($jobs, 'kind'));
        self::assertGreaterThan($first, $jobs[0]->args->version);
    }

    public function test_renewal_with_flexible_subscriptions_pushes_a_period(): void
    {
        self::$flexible->run(self::FLEXIBLE . '$s->update_status("active"); return 1;', self::OLD);
        self::$redis->cli('FLUSHALL');
        self::$flexible->run('wc_get_order(' . $this->last_subscription('flexible') . ')->payment_complete(); return 1;', self::OLD);
        self::assertSame(['period-push'], array_column(self::$redis->jobs(), 'kind'));
    }

    public function test_moved_next_payment_of_an_active_subscription_pushes_a_period_and_other_dates_do_not(): void
    {
        self::$wcs->run(self::WCS . '$s->update_dates(["next_payment" => "2031-05-06 07:08:09"]); $s->update_status("active"); return 1;');
        self::assertCount(2, self::$redis->jobs());
        self::$redis->cli('FLUSHALL');
        self::$wcs->run('wcs_get_subscription(' . $this->last_subscription('wcs') . ')->update_dates(
            ["end" => "2035-01-01 00:00:00", "next_payment" => "2031-06-06 07:08:09"]); return 1;');
        self::assertSame(['period-push'], array_column(self::$redis->jobs(), 'kind'));
    }

    public function test_switched_off_bridge_tells_nothing(): void
    {
        self::$wcs->run(self::WCS . '$s->update_status("active"); return 1;', ['DORMOUSE_LICENCE_BRIDGE' => false]);
        self::assertSame([], self::$redis->intake());
    }

    public function test_what_is_no_subscription_is_left_alone(): void
    {
        $failures = self::$wcs->run(self::FAILURES . 'foreach ([null, 7, "x", new stdClass(), new WP_Error("x")] as $what) {
            do_action("woocommerce_subscription_status_active", $what);
            do_action("woocommerce_subscription_date_updated", $what, "next_payment");
            do_action("fsub/subscription/status/updated", $what, "active"); }
            do_action("woocommerce_subscription_status_active"); return $failures;');
        self::assertSame([[], []], [$failures, self::$redis->intake()]);
    }

    public function test_version_grows_with_every_event_and_never_falls_behind_the_clock(): void
    {
        self::$wcs->sql('DELETE FROM wp_dormouse_version');
        [$first, $others, $ahead, $lost] = self::$wcs->run('$next = [Dormouse\Licence\Version::class, "next"]; global $wpdb;
            $first = $next(5); $others = [$next(5), $next(5), $next(6)];
            $wpdb->query("UPDATE {$wpdb->prefix}dormouse_version SET version = version + 1000 WHERE subscription_id = 5");
            $ahead = $next(5);
            $wpdb->query("DROP TABLE {$wpdb->prefix}dormouse_version");
            return [$first, $others, $ahead, $next(5)];');
        self::assertEqualsWithDelta(time(), $first, 30);
        self::assertSame([$first + 1, $first + 2], array_slice($others, 0, 2));
        self::assertEqualsWithDelta($first, $others[2], 5);
        self::assertSame($first + 1003, $ahead);
        self::assertEqualsWithDelta(time(), $lost, 30);
    }

    public function test_requests_that_ask_at_once_get_different_versions(): void
    {
        $versions = self::$wcs->run('global $wpdb; $files = [];
            $wpdb->query("DELETE FROM {$wpdb->prefix}dormouse_version");
            for ($child = 0; $child < 4; $child++) {
                $files[] = $file = tempnam(sys_get_temp_dir(), "version");
                if (pcntl_fork() === 0) {
                    $wpdb->db_connect();
                    for ($got = []; count($got) < 25;) { $got[] = Dormouse\Licence\Version::next(5); }
                    file_put_contents($file, json_encode($got));
                    posix_kill(getmypid(), SIGKILL);
                }
            }
            while (pcntl_wait($status) > 0);
            $out = array_map(static function ($file) { return json_decode(file_get_contents($file)); }, $files);
            array_map("unlink", $files); return $out;');
        self::assertCount(100, array_unique(array_merge(...$versions)));
        foreach ($versions as $of_one) {
            $sorted = $of_one;
            sort($sorted);
            self::assertSame($sorted, $of_one);
        }
    }

    public function test_version_is_the_clock_when_the_database_does_not_answer(): void
    {
        $version = self::$wcs->run('global $wpdb; $prefix = $wpdb->prefix; $wpdb->prefix = "no`such ";
            $version = Dormouse\Licence\Version::next(5); $wpdb->prefix = $prefix; return $version;');
        self::assertEqualsWithDelta(time(), $version, 30);
    }

    public function test_command_shows_an_active_subscription_and_tells_it_again(): void
    {
        self::$flexible->run(self::FLEXIBLE . '$s->update_status("active"); return 1;', self::OLD);
        $told = self::$redis->jobs()[0]->args;
        self::$redis->cli('FLUSHALL');
        $id = $this->last_subscription('flexible');
        [$code, $shown] = self::$flexible->wp('licence', 'show', $id);
        self::assertSame([0, 'flexible'], [$code, json_decode($shown)->plugin]);
        [$code, $output] = self::$flexible->wp('licence', 'push', $id);
        $jobs = self::$redis->jobs();
        self::assertSame([0, "license-provision {$jobs[0]->id}\nperiod-push {$jobs[1]->id}\n"], [$code, $output]);
        self::assertGreaterThan($told->version, $jobs[1]->args->version);
    }

    public function test_command_refuses_what_is_not_there_or_not_active(): void
    {
        self::assertSame([1, "Error: there is no subscription 99999\n"], self::$wcs->wp('licence', 'push', '99999'));
        self::$wcs->run(self::WCS . 'return 1;');
        $id = $this->last_subscription('wcs');
        self::assertSame([1, "Error: subscription $id is pending, not active\n"], self::$wcs->wp('licence', 'push', $id));
        self::assertSame([], self::$redis->intake());
    }

    private function last_subscription(string $site): string
    {
        return self::$$site->sql("SELECT MAX(ID) AS id FROM wp_posts WHERE post_type LIKE '%\\_subscription'")[0]['id'];
    }
}
