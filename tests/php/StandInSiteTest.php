<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The switches of the stand-ins and the small ones among them: each does what its description says. */
final class StandInSiteTest extends TestCase
{
    private const SETUP = '
        $user = username_exists("boris") ?: wp_insert_user(["user_login" => "boris", "user_email" => "b@example.test",
            "user_pass" => "x", "role" => "customer"]);
        $level = static function ($name) { return (int) (term_exists($name, "wpm-levels") ?: wp_insert_term($name, "wpm-levels"))["term_id"]; };
        $term = $level("Course");
        $call = static function ($route, $body) {
            $request = new WP_REST_Request("POST", $route);
            $request->set_header("Content-Type", "application/json");
            $request->set_body(json_encode($body));
            $answer = rest_do_request($request);
            return [$answer->get_status(), $answer->get_data()];
        };';

    private static $site;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--plugins=member-luxe,mbl-certificates,mbl-api,ml-grant-bridge,ml-bundle-courses', '--hooks=module']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function setUp(): void
    {
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
        array_map('unlink', glob(self::$site->dir . '/mail/*.json'));
    }

    public function test_profile_2_17_activates_with_three_arguments_and_tells_nobody(): void
    {
        $php = self::SETUP . '
            $heard = 0;
            add_action("wpm_update_user_key_dates", static function () use (&$heard) { $heard++; });
            $code = wpm_insert_one_user_key($term, 1, "days");
            wpm_update_user_key_dates($user, $code, false, "purchase");
            wpm_register_user(["user_id" => $user, "user_data" => ["code" => wpm_insert_one_user_key($term, 1, "days")], "index" => 1]);
            return [get_option("wpm_version"), (new ReflectionFunction("wpm_update_user_key_dates"))->getNumberOfParameters(), $heard,
                wpm_search_key_id($code)["key_info"]["status"]];';
        self::assertSame(['2.17', 3, 0, 'used'], self::$site->run($php, ['MEMBER_LUXE_PROFILE' => '2.17']));
        self::assertSame(['2.97', 4, 2, 'used'], self::$site->run($php));
    }

    public function test_lagging_cron_leaves_keys_used_after_their_end(): void
    {
        $php = self::SETUP . '
            $GLOBALS["wpdb"]->query("INSERT INTO wp_memberlux_term_keys (term_id, user_id, `key`, status, duration, date_end)
                VALUES ($term, $user, \'old\', \'used\', 1, \'2020-01-31\')");
            do_action("wpm_daily_schedule_hook"); return wpm_search_key_id("old")["key_info"]["status"];';
        self::assertSame('used', self::$site->run($php, ['MEMBER_LUXE_CRON_LAGS' => true]));
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
        self::assertSame('expired', self::$site->run($php));
    }

    public function test_installation_of_another_version_schedules_the_daily_event_once_more(): void
    {
        self::$site->run('wp_clear_scheduled_hook("wpm_daily_schedule_hook");
            wp_schedule_event(time() + 77, "daily", "wpm_daily_schedule_hook"); update_option("wpm_version", "2.17"); return 1;');
        self::assertSame(2, self::$site->run('return count(array_filter(_get_cron_array(), static function ($at) {
            return isset($at["wpm_daily_schedule_hook"]); }));'));
    }

    public function test_mail_adapters_fail_throw_and_take_their_time(): void
    {
        $send = '$from = microtime(true); return [wpm_send_mail("a@example.test", "S", "M"), microtime(true) - $from >= 0.2];';
        self::assertSame([false, false], self::$site->run($send, ['MEMBER_LUXE_MAILER' => 'failing']));
        self::assertSame([null, false], self::$site->run($send, ['MEMBER_LUXE_MAILER' => 'throwing']));
        self::assertSame([], glob(self::$site->dir . '/mail/*.json'));
        self::assertStringContainsString('did not answer', file_get_contents(self::$site->dir . '/wp-content/uploads/member-luxe-mail.log'));
        self::assertSame([true, true], self::$site->run($send, ['MEMBER_LUXE_MAILER' => 'slow:0.2']));
        self::assertCount(1, glob(self::$site->dir . '/mail/*.json'));
    }

    public function test_letters_stay_unreplaced_for_people_who_are_no_customers(): void
    {
        self::assertSame(['Hi Boris', 'Hi [user_name]'], self::$site->run(self::SETUP . '
            $texts = [];
            foreach ([$user, 1] as $id) {
                $texts[] = apply_filters("wpm_user_mail_shortcode_replacement", "Hi [user_name]", $id, ["user_name" => "Boris"]);
            }
            return $texts;'));
    }

    public function test_subscription_to_a_levels_letters_ends_when_its_key_expires(): void
    {
        self::assertSame(['1', ''], self::$site->run(self::SETUP . '
            MBLSubscription::add($user, $term); $before = get_user_meta($user, "mbl_subscription_$term", true);
            $GLOBALS["wpdb"]->query("INSERT INTO wp_memberlux_term_keys (term_id, user_id, `key`, status, duration, date_end)
                VALUES ($term, $user, \'old\', \'used\', 1, \'2020-01-31\')");
            do_action("wpm_daily_schedule_hook"); return [$before, get_user_meta($user, "mbl_subscription_$term", true)];'));
    }

    public function test_api_fans_out_to_anyones_call_and_orders_only_for_administrators(): void
    {
        $out = self::$site->run(self::SETUP . '
            $GLOBALS["wpdb"]->query("INSERT INTO wp_memberlux_hook (id, destination, active) VALUES (1, \'http://127.0.0.1:1/all\', 1),
                (2, \'http://127.0.0.1:1/purchase\', 1), (3, \'http://127.0.0.1:1/off\', 0)");
            $GLOBALS["wpdb"]->query("INSERT INTO wp_memberlux_hook_action (hook_id, action) VALUES (1, \'all\'), (2, \'purchase\'), (3, \'all\')");
            $sent = [];
            add_filter("pre_http_request", static function ($no, $args, $url) use (&$sent) {
                $sent[] = [basename($url), json_decode($args["body"], true)["email"]]; return ["response" => ["code" => 200]]; }, 10, 3);
            $call("/mbl/v1/webhook/action", ["actions" => [["type" => "free_item", "email" => "x"], ["type" => "purchase", "email" => "y"]]]);
            $denied = $call("/mbl/v1/order", ["email" => "x@example.test", "product_id" => 5])[0];
            wp_set_current_user(1);
            return [$sent, $denied, $call("/mbl/v1/order", ["email" => "x@example.test", "product_id" => "5"])[1]["product_id"]];');
        self::assertSame([[['all', 'x'], ['all', 'y'], ['purchase', 'y']], 401, [5]], $out);
    }

    public function test_grant_bridge_owns_its_route(): void
    {
        self::assertSame([200, ['owner' => 'ml-grant-bridge', 'asked' => ['external_id' => 'a1']]],
            self::$site->run(self::SETUP . 'return $call("/mlgb/v1/grant", ["external_id" => "a1"]);'));
    }

    public function test_bundle_grants_the_next_step_once_for_a_certificate_by_hand(): void
    {
        $out = self::$site->run(self::SETUP . '
            $next = $level("Second"); $program = wp_insert_post(["post_type" => "ml_program", "post_title" => "P"]);
            update_post_meta($program, "mlp_steps", [["term_id" => $term, "duration" => 1], ["term_id" => $next, "duration" => 2]]);
            update_user_meta($user, "mlp_program_id", $program);
            $told = []; $sources = [];
            add_action("mlp_program_step_granted", static function (...$args) use (&$told) { $told[] = $args; }, 10, 4);
            add_action("wpm_update_user_key_dates", static function ($u, $t, $c, $k, $source) use (&$sources) { $sources[] = $source; }, 10, 5);
            mbl_certificates_issue($user, $term, "2026-01-01"); mbl_certificates_issue($user, $term, "2026-01-02");
            return [$told, [[$user, $program, $term, $next]], $sources];');
        self::assertSame($out[1], $out[0]);
        self::assertSame(['program_flow'], $out[2]);
    }

    public function test_unknown_stand_in_is_refused_by_name(): void
    {
        $this->expectExceptionMessage('--plugins: no-such-plugin is not one of dormouse, flexible-subscriptions');
        new Site(['--plugins=no-such-plugin']);
    }
}
