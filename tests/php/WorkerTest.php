<?php

use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use DormouseTest\Worker;
use PHPUnit\Framework\TestCase;

/** The plugin and the built worker together: what happens on the site comes about elsewhere, and comes back. */
final class WorkerTest extends TestCase
{
    private static $site;
    private static $redis;
    private static $worker;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$site = new Site(array_merge(['--plugins=dormouse,member-luxe,mbl-certificates,flexible-subscriptions'],
            Worker::constants(self::$redis)));
        self::$site->define(array_fill_keys(['DORMOUSE_KEY', 'DORMOUSE_KEY_ID'], null));
        self::$worker = new Worker(self::$site, self::$redis, (string) getenv('DORMOUSE_PROGRAM'));
    }

    public static function tearDownAfterClass(): void
    {
        self::$worker = self::$site = self::$redis = null;
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_activation_of_a_subscription_is_provisioned_and_then_its_period_is_known(): void
    {
        $id = self::$site->run('$s = new WPDesk\FlexibleSubscriptions\Subscription\Subscription();
            $s->set_billing_frequency("P2W"); $s->set_billing_email("erik@example.test"); $s->set_billing_first_name("Erik");
            $s->set_current_period_end("2030-01-15 10:00:00"); $s->save();
            // As another plugin would: after the hooks, before the request ends.
            add_action("fsub/subscription/status/updated/to/active", static function ($s) {
                $s->set_current_period_end("2030-02-15 10:00:00"); $s->save(); }, 99);
            $s->update_status("active"); return $s->get_id();', ['FLEXIBLE_SUBSCRIPTIONS_OLD' => true]);
        Process::eventually(static function () use ($id): bool {
            return isset(self::$worker->licences()["wc_sub_$id"]['next_payment_date_gmt']);
        }, 30);
        $row = self::$worker->licences()["wc_sub_$id"];
        self::assertSame(['erik@example.test', 'week', 2, '2030-02-15T10:00:00Z'],
            [$row['email'], $row['billing_period'], $row['billing_interval'], $row['next_payment_date_gmt']]);
        Process::eventually(static function () use ($id): bool {
            return strpos(self::$worker->audit(), "PERIOD PUSH subscription=wc_sub_$id") !== false;
        });
    }

    public function test_job_that_follows_another_is_done_after_it_and_not_without_it(): void
    {
        $level = self::$site->run('return (int) wp_insert_term("Course after a licence", "wpm-levels")["term_id"];');
        $chain = 'return Dormouse\Jobs\LicenseProvision::of(%s, 1)->then(Dormouse\Jobs\Grant::of(["email" => "%s", "term_id" => '
            . $level . ', "duration" => 1, "units" => "month", "external_id" => "%2$s"]))->enqueue();';
        $lost = self::$site->run(sprintf($chain, '999999', 'nobody@example.test'));
        $first = self::$site->run('$s = new WPDesk\FlexibleSubscriptions\Subscription\Subscription(); $s->set_billing_frequency("P1M");
            $s->set_billing_email("fay@example.test"); $s->set_status("active"); $s->save();
            ' . sprintf($chain, '$s->get_id()', 'fay@example.test'), ['DORMOUSE_LICENCE_BRIDGE' => false]);
        $keys = "SELECT u.user_email FROM wp_memberlux_term_keys k JOIN wp_users u ON u.ID = k.user_id WHERE k.term_id = $level";
        Process::eventually(static function () use ($keys): bool {
            return self::$site->sql($keys) !== [];
        }, 30);
        Process::eventually(static function () use ($lost): bool {
            return (self::$worker->job($lost)['state'] ?? '') === 'dead';
        }, 30);
        self::assertSame([['user_email' => 'fay@example.test']], self::$site->sql($keys));
        self::assertSame('done', self::$worker->job($first)['state'] ?? '');
    }

    public function test_certificate_by_hand_leads_to_the_next_course_and_the_step_moves_on(): void
    {
        [$user, $B] = self::$site->run('$user = wp_insert_user(["user_login" => "vera", "user_email" => "vera@example.test", "user_pass" => "x"]);
            foreach (["A", "B"] as $name) { $$name = (int) wp_insert_term("Course $name", "wpm-levels")["term_id"]; }
            $program = wp_insert_post(["post_type" => "ml_program", "post_title" => "All", "post_status" => "publish"]);
            update_post_meta($program, "mlp_steps", [["term_id" => $A, "duration" => 1, "units" => "month"],
                ["term_id" => $B, "duration" => 30, "units" => "day"]]);
            update_user_meta($user, "mlp_program_id", $program);
            mbl_certificates_issue($user, $A, gmdate("Y-m-d")); return [$user, $B];');
        Process::eventually(static function () use ($user): bool {
            return self::$site->sql("SELECT step FROM wp_dormouse_bundle_step WHERE user_id = $user AND granted_at IS NOT NULL") !== [];
        }, 30);
        self::assertSame([['meta_value' => '1']],
            self::$site->sql("SELECT meta_value FROM wp_usermeta WHERE user_id = $user AND meta_key = 'mlp_current_step'"));
        $keys = self::$site->sql("SELECT term_id, status, DATEDIFF(date_end, date_start) AS days FROM wp_memberlux_term_keys WHERE user_id = $user");
        self::assertSame([['term_id' => (string) $B, 'status' => 'used', 'days' => '30']], $keys);
    }
}
