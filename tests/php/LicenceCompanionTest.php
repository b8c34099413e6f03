<?php

use DormouseTest\Site;
use DormouseTest\WebServer;
use PHPUnit\Framework\TestCase;

/** `GET /dormouse/v1/subscriptions/<id>`: who may ask, and the same answer for both plugins. */
final class LicenceCompanionTest extends TestCase
{
    private const KEY = 'companion-key-of-the-tests';
    private const ASK = '$ask = static function ($id, ?string $key) {
        $request = new WP_REST_Request("GET", "/dormouse/v1/subscriptions/$id");
        $key === null || $request->set_header("X-Dormouse-Key", $key);
        $response = rest_do_request($request);
        return [$response->get_status(), $response->get_data(), $response->get_headers()]; };';
    private const ORDER = '
        $order = wc_create_order(["customer_id" => 1]); $order->set_billing_email("buyer@example.test");
        $order->set_billing_first_name("Иван"); $order->set_billing_last_name("Петров");
        $order->add_product(77); $order->add_product(78); $order->add_product(77); $order->save();';
    private const WCS = self::ORDER . '
        $s = wcs_create_subscription(["order_id" => $order->get_id(), "billing_period" => "month", "billing_interval" => 3,
            "start_date" => "2026-01-01 10:00:00"]);
        $s->update_dates(["next_payment" => "2031-05-06 07:08:09"]);';
    private const FLEXIBLE = self::ORDER . '
        $s = new WPDesk\FlexibleSubscriptions\Subscription\Subscription();
        $s->set_billing_frequency("P2W"); $s->set_start_date("2026-01-01 10:00:00"); $s->set_customer_id(1);
        $s->set_current_period_end("2030-01-15 10:00:00"); $s->set_billing_email("f@example.test");
        $s->set_parent_id($order->get_id()); $s->add_product(5); $s->save();';

    private static $wcs;
    private static $flexible;

    public static function setUpBeforeClass(): void
    {
        self::$wcs = new Site(['--plugins=dormouse,woocommerce-subscriptions']);
        self::$flexible = new Site(['--plugins=dormouse,flexible-subscriptions']);
        foreach ([self::$wcs, self::$flexible] as $site) {
            $site->define(['DORMOUSE_COMPANION_KEY' => self::KEY, 'DORMOUSE_LICENCE_BRIDGE' => false]);
        }
    }

    public static function tearDownAfterClass(): void
    {
        self::$wcs = self::$flexible = null;
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$wcs->complaints());
        self::assertSame([], self::$flexible->complaints());
    }

    public static function strangers(): array
    {
        return ['no key shown' => [null, self::KEY, 401], 'wrong key' => ['companion-key-of-the-testS', self::KEY, 403],
            'beginning of the key' => [substr(self::KEY, 0, -1), self::KEY, 403], 'no key set' => ['', '', 401],
            'no key set and one shown' => ['x', '', 403]];
    }

    /** @dataProvider strangers */
    public function test_without_the_key_nothing_is_told(?string $shown, string $set, int $status): void
    {
        [$got, $data] = self::$wcs->run(self::ASK . self::WCS . 'return $ask($s->get_id(), ' . var_export($shown, true) . ');',
            ['DORMOUSE_COMPANION_KEY' => $set]);
        self::assertSame([$status, 'rest_forbidden'], [$got, $data['code']]);
        self::assertStringNotContainsString(self::KEY, json_encode($data));
        self::assertStringNotContainsString('buyer@example.test', json_encode($data));
    }

    public function test_key_from_the_settings_page_opens_too(): void
    {
        [$status] = self::$wcs->run(self::ASK . self::WCS . 'update_option("dormouse_companion_key", "another-key-of-the-page", false);
            return $ask($s->get_id(), "another-key-of-the-page");', ['DORMOUSE_COMPANION_KEY' => null]);
        self::assertSame(200, $status);
    }

    public function test_subscription_of_woocommerce_subscriptions_is_told_in_full(): void
    {
        [$id, $order, $answer] = self::$wcs->run(self::ASK . self::WCS . '$s->update_status("active");
            return [$s->get_id(), $order->get_id(), $ask($s->get_id(), "' . self::KEY . '")];');
        self::assertSame([200, [
            'subscription_id' => $id, 'status' => 'active', 'billing_period' => 'month', 'billing_interval' => 3,
            'next_payment_date_gmt' => '2031-05-06 07:08:09', 'start_date_gmt' => '2026-01-01 10:00:00',
            'email' => 'buyer@example.test', 'first_name' => 'Иван', 'last_name' => 'Петров', 'user_id' => 1,
            'order_id' => $order, 'product_ids' => [77, 78], 'plugin' => 'wcs',
        ]], array_slice($answer, 0, 2));
        self::assertSame('no-store', $answer[2]['Cache-Control']);
    }

    public static function releases(): array
    {
        return ['of today' => [[]], 'of old' => [['FLEXIBLE_SUBSCRIPTIONS_OLD' => true]]];
    }

    /** @dataProvider releases */
    public function test_subscription_of_flexible_subscriptions_is_told_without_the_function_it_lacks(array $defines): void
    {
        [$id, $order, $answer] = self::$flexible->run(self::ASK . self::FLEXIBLE . '$s->update_status("active");
            return [$s->get_id(), $order->get_id(), $ask($s->get_id(), "' . self::KEY . '")];', $defines);
        self::assertSame([200, [
            'subscription_id' => $id, 'status' => 'active', 'billing_period' => 'week', 'billing_interval' => 2,
            'next_payment_date_gmt' => '2030-01-15 10:00:00', 'start_date_gmt' => '2026-01-01 10:00:00',
            'email' => 'f@example.test', 'first_name' => '', 'last_name' => '', 'user_id' => 1,
            'order_id' => $order, 'product_ids' => [5], 'plugin' => 'flexible',
        ]], array_slice($answer, 0, 2));
    }

    public function test_the_stub_that_hooks_pass_is_read_like_the_subscription_itself(): void
    {
        [$seen, $own] = self::$flexible->run(self::FLEXIBLE . '$seen = [];
            add_action("woocommerce_subscription_status_active", static function ($stub) use (&$seen) {
                $seen = Dormouse\Licence\Subscription::of($stub)->describe(); });
            $s->update_status("active"); return [$seen, Dormouse\Licence\Subscription::find($s->get_id())->describe()];');
        self::assertSame('2030-01-15 10:00:00', $own['next_payment_date_gmt']);
        self::assertSame($own, $seen);
    }

    public function test_ended_subscription_has_no_next_payment(): void
    {
        [, $data] = self::$wcs->run(self::ASK . self::WCS . '$s->update_status("cancelled");
            return $ask($s->get_id(), "' . self::KEY . '");');
        self::assertSame(['cancelled', null], [$data['status'], $data['next_payment_date_gmt']]);
    }

    public function test_who_is_not_billed_by_name_is_told_as_registered(): void
    {
        [, $data] = self::$wcs->run(self::ASK . '$s = wcs_create_subscription(["customer_id" => 1, "billing_period" => "day"]);
            update_user_meta(1, "first_name", "Анна"); return $ask($s->get_id(), "' . self::KEY . '");');
        self::assertSame(['admin@example.test', 'Анна', '', 0, []],
            [$data['email'], $data['first_name'], $data['last_name'], $data['order_id'], $data['product_ids']]);
    }

    public function test_what_is_no_subscription_is_not_found(): void
    {
        $answers = self::$wcs->run(self::ASK . self::ORDER . '$key = "' . self::KEY . '";
            return [$ask(999999, $key), $ask($order->get_id(), $key), $ask(wp_insert_post(["post_title" => "x"]), $key)];');
        foreach ($answers as [$status, $data]) {
            self::assertSame([404, 'dormouse_no_subscription'], [$status, $data['code']]);
        }
    }

    public function test_worker_asks_over_http(): void
    {
        $id = self::$wcs->run(self::WCS . '$s->update_status("active");
            update_option("dormouse_companion_key", "a-key-in-the-database", false); return $s->get_id();');
        $server = new WebServer(self::$wcs);
        $ask = static function (string $path, array $headers, string $method = 'GET') use ($server): array {
            return $server->send($method, "/wp-json/dormouse/v1/subscriptions/$path", null, $headers);
        };
        $key = ['X-Dormouse-Key: a-key-in-the-database'];
        $answer = $ask((string) $id, $key);
        self::assertSame([200, $id, 'active'], [$answer['status'], $answer['json']['subscription_id'], $answer['json']['status']]);
        self::assertSame('no-store', $answer['headers']['cache-control']);
        self::assertStringStartsWith('application/json', $answer['headers']['content-type']);
        self::assertSame([401, 403, 404], [$ask((string) $id, [])['status'], $ask((string) $id, ['X-Dormouse-Key: x'])['status'],
            $ask('99999', $key)['status']]);
        foreach (["$id" => 'POST', '0' => 'GET', '-1' => 'GET', '1e3' => 'GET', '99999999999999999999' => 'GET'] as $path => $method) {
            self::assertSame('rest_no_route', $ask((string) $path, $key, $method)['json']['code']);
        }
        // The key has no other way in.
        self::assertSame(401, $ask("$id?X-Dormouse-Key=a-key-in-the-database", [])['status']);
    }

    public function test_bridge_without_a_key_for_the_worker_is_a_problem_to_show(): void
    {
        self::$flexible->sql("DELETE FROM wp_options WHERE option_name = 'dormouse_companion_key'");
        $problems = static function (array $defines): string {
            return implode("\n", self::$flexible->run('return Dormouse\Settings::problems();', $defines));
        };
        self::assertStringContainsString('COMPANION_KEY', $problems(['DORMOUSE_COMPANION_KEY' => null, 'DORMOUSE_LICENCE_BRIDGE' => true]));
        self::assertStringNotContainsString('COMPANION_KEY', $problems(['DORMOUSE_COMPANION_KEY' => null]));
        self::assertStringNotContainsString('COMPANION_KEY', $problems(['DORMOUSE_LICENCE_BRIDGE' => true]));
    }

    public function test_site_without_a_plugin_of_subscriptions_says_so(): void
    {
        self::$wcs->run('update_option("active_plugins", ["dormouse/dormouse.php"]); return 1;');
        [$status, $data] = self::$wcs->run(self::ASK . 'update_option("active_plugins", ["dormouse/dormouse.php",
            "woocommerce/woocommerce.php", "woocommerce-subscriptions/woocommerce-subscriptions.php"]);
            return $ask(5, "' . self::KEY . '");');
        self::assertSame([503, 'dormouse_no_subscriptions_plugin'], [$status, $data['code']]);
    }
}
