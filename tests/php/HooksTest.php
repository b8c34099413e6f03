<?php

use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** From an action in WordPress to jobs, with the stand-in firing the actions, in both shapes of the hook table. */
final class HooksTest extends TestCase
{
    private const EVENT = 'wpm_update_user_key_dates';
    private const SETUP = '
        $user = username_exists("anna") ?: wp_insert_user(["user_login" => "anna", "user_email" => "anna@example.test",
            "user_pass" => "x", "first_name" => "Анна", "role" => "customer"]);
        $term = term_exists("Course", "wpm-levels") ?: wp_insert_term("Course", "wpm-levels");
        $term = (int) $term["term_id"];';

    private static $site;
    private static $redis;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$site = new Site(['--prefix=blog7_']);
        self::$site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket]);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        self::$site->sql('DELETE FROM blog7_memberlux_term_keys');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
        self::assertSame([], self::$site->outbox('blog7_'));
    }

    public function test_activation_makes_one_job_for_each_active_hook_that_wants_it(): void
    {
        $this->seed_hooks([[self::EVENT, 1], [self::EVENT, 0], ['other_event', 1], [self::EVENT, 1], ['all', 1]]);
        $made = $this->activate();
        $jobs = self::$redis->jobs();
        self::assertSame([1, 4, 5], $this->hook_ids($jobs));
        foreach ($jobs as $job) {
            self::assertSame('webhook-delivery', $job->kind);
            self::assertSame('webhook', $job->queue);
            self::assertSame(self::EVENT, $job->args->event);
            self::assertSame(['hook_id', 'event', 'payload'], array_keys((array) $job->args));
            $fact = "wpm_update_user_key_dates:u{$made['user']}:t{$made['term']}:k{$made['id']}:{$made['end']}";
            self::assertSame("hook:{$job->args->hook_id}:$fact", $job->key);
        }
    }

    public function test_payload_tells_the_fact_and_no_secret_or_url_is_in_the_job(): void
    {
        $this->seed_hooks([[self::EVENT, 1]]);
        $made = $this->activate();
        $envelope = self::$redis->intake()[0];
        $payload = json_decode(self::$redis->jobs()[0]->args->payload, true);
        self::assertEqualsWithDelta(time(), $payload['timestamp'], 10);
        unset($payload['timestamp']);
        self::assertSame([
            'event' => self::EVENT, 'user_id' => $made['user'], 'term_id' => $made['term'], 'code' => $made['code'],
            'source' => 'purchase',
            'key' => ['id' => $made['id'], 'status' => 'used', 'date_start' => gmdate('Y-m-d'),
                'date_end' => $made['end'], 'duration' => 30, 'units' => 'days', 'is_unlimited' => false],
        ], $payload);
        self::assertStringNotContainsString('whsec', $envelope);
        self::assertStringNotContainsString('hooks.example', $envelope);
    }

    public function test_same_activation_told_twice_has_the_same_key_and_a_renewal_another(): void
    {
        $this->seed_hooks([[self::EVENT, 1]]);
        self::$site->run(self::SETUP . '
            $again = null;
            add_action("wpm_update_user_key_dates", static function (...$args) use (&$again) { $again = $args; }, 5, 5);
            $code = wpm_insert_one_user_key($term, 30, "days");
            wpm_update_user_key_dates($user, $code, false, "purchase");
            do_action_ref_array("wpm_update_user_key_dates", $again);
            return 1;');
        $this->activate();
        $keys = array_column(self::$redis->jobs(), 'key');
        self::assertCount(3, $keys);
        self::assertSame($keys[0], $keys[1]);
        self::assertNotSame($keys[0], $keys[2]);
        // The defect: activating a used key once more prolongs it. That is news.
        self::$site->run(self::SETUP . 'wpm_update_user_key_dates($user, $GLOBALS["wpdb"]->get_var(
            "SELECT `key` FROM blog7_memberlux_term_keys ORDER BY id DESC LIMIT 1"), false, "purchase"); return 1;');
        self::assertCount(3, array_unique(array_column(self::$redis->jobs(), 'key')));
    }

    public function test_registration_tells_the_old_row_but_the_payload_has_the_new_dates(): void
    {
        $this->seed_hooks([[self::EVENT, 1]]);
        $stale = self::$site->run(self::SETUP . '
            $seen = null;
            add_action("wpm_update_user_key_dates", static function ($u, $t, $c, $key) use (&$seen) { $seen = $key["key_info"]; }, 5, 5);
            $code = wpm_insert_one_user_key($term, 1, "days");
            wpm_register_user(["user_id" => $user, "user_data" => ["code" => $code], "index" => 1, "source" => "auto_registration"]);
            return $seen;');
        self::assertSame(['new', '30-11--0001'], [$stale['status'], $stale['date_end']]);
        $payload = json_decode(self::$redis->jobs()[0]->args->payload);
        self::assertSame('used', $payload->key->status);
        self::assertSame(gmdate('Y-m-d', time() + 86400), $payload->key->date_end);
        self::assertSame('auto_registration', $payload->source);
    }

    public function test_unknown_code_is_told_with_what_is_known(): void
    {
        $this->seed_hooks([[self::EVENT, 1]]);
        self::$site->run(self::SETUP . 'wpm_update_user_key_dates($user, "no such code", false, "purchase"); return 1;');
        $job = self::$redis->jobs()[0];
        self::assertNull(json_decode($job->args->payload)->term_id);
        self::assertStringContainsString(':c' . substr(hash('sha256', 'no such code'), 0, 16) . ':', $job->key);
    }

    public function test_module_table_matches_by_source_and_all_and_adds_its_own_shape(): void
    {
        $this->module_hooks([[1, ['purchase', 'free_item']], [0, ['purchase']], [1, ['all']], [1, ['free_item']]]);
        $made = $this->activate();
        $jobs = self::$redis->jobs();
        self::assertSame([1, 3], $this->hook_ids($jobs));
        self::assertSame(['purchase', 'purchase'], [$jobs[0]->args->event, $jobs[1]->args->event]);
        $action = json_decode($jobs[0]->args->payload)->actions[0];
        self::assertSame(['purchase', 'anna@example.test', 'Анна'], [$action->type, $action->email, $action->first_name]);
        self::assertSame(['Course', 30, $made['end']], [$action->key->name, $action->key->duration, $action->key->date_end]);
    }

    public function test_unlimited_key_in_the_modules_shape_has_no_end(): void
    {
        $this->module_hooks([[1, ['all']]]);
        self::$site->run(self::SETUP . '
            wpm_update_user_key_dates($user, wpm_insert_one_user_key($term, 0, "months", 1), false, "free_item"); return 1;');
        $payload = json_decode(self::$redis->jobs()[0]->args->payload);
        self::assertTrue($payload->actions[0]->key->is_unlimited);
        self::assertNull($payload->actions[0]->key->date_end);
        self::assertSame('free_item', self::$redis->jobs()[0]->args->event);
    }

    public function test_no_hook_table_means_nothing_to_do(): void
    {
        self::$site->sql('DROP TABLE IF EXISTS blog7_memberlux_hook, blog7_memberlux_hook_action');
        $this->activate();
        self::assertSame([], self::$redis->intake());
    }

    public function test_any_action_named_in_the_table_is_listened_to(): void
    {
        $this->seed_hooks([['course_done', 1], ['mbl_certificate_issued', 1]]);
        self::$site->run('do_action("course_done", 7, ["grade" => 4.5, "user" => wp_get_current_user()], new WP_Error("secret", "x"));
            return 1;');
        $job = self::$redis->jobs()[0];
        self::assertSame('course_done', $job->args->event);
        self::assertSame(1, $job->args->hook_id);
        $payload = json_decode($job->args->payload, true);
        self::assertSame([7, ['grade' => 4.5, 'user' => ['class' => 'WP_User', 'id' => 0]], ['class' => 'WP_Error', 'id' => null]],
            $payload['args']);
    }

    public function test_unknown_action_is_one_fact_per_request_and_news_in_the_next(): void
    {
        $this->seed_hooks([['course_done', 1]]);
        $fire = 'do_action("course_done", 7); do_action("course_done", 7); do_action("course_done", 8); return 1;';
        self::$site->run($fire);
        self::$site->run($fire);
        self::assertCount(4, array_unique(array_column(self::$redis->jobs(), 'key')));
    }

    public function test_filter_names_the_fact_of_an_unknown_action(): void
    {
        $this->seed_hooks([['course_done', 1]]);
        self::$site->run('add_filter("dormouse_hook_fact", static function ($fact, $event, $args) {
            return "$event:$args[0]\n" . str_repeat("long", 100); }, 10, 3); do_action("course_done", 7); return 1;');
        self::assertSame('hook:1:sha256-' . hash('sha256', "course_done:7\n" . str_repeat('long', 100)),
            self::$redis->jobs()[0]->key);
    }

    public function test_name_of_a_filter_in_the_table_does_not_break_the_filter(): void
    {
        $this->seed_hooks([['the_title', 1], ['query', 1], ['all', 1]]);
        self::assertSame('Dormouse', self::$site->run('return apply_filters("the_title", "Dormouse", 1);'));
    }

    public function test_name_that_is_no_action_is_left_alone(): void
    {
        $this->seed_hooks([["x'; DROP TABLE blog7_users; --", 1], ['', 1], [str_repeat('e', 100), 1]]);
        self::assertSame(1, self::$site->run('do_action(""); return 1;'));
    }

    public function test_listener_comes_after_the_core_and_its_certificates(): void
    {
        $this->seed_hooks([[self::EVENT, 1]]);
        $priority = self::$site->run('return has_action("wpm_update_user_key_dates", [\Dormouse\Hooks\Listener::class, "fired"]);');
        self::assertSame(20, $priority);
    }

    public function test_text_that_is_not_utf_8_is_repaired_in_the_payload(): void
    {
        $this->seed_hooks([['course_done', 1]]);
        self::$site->run('do_action("course_done", "bad \xff byte"); return 1;');
        self::assertStringContainsString('byte', self::$redis->jobs()[0]->args->payload);
    }

    /** @param array $hooks [event, active] */
    private function seed_hooks(array $hooks): void
    {
        self::$site->run('member_luxe_create_hook_tables("seed"); return 1;');
        foreach ($hooks as $hook) {
            self::$site->sql(sprintf("INSERT INTO blog7_memberlux_hook (name, url, event, is_active, secret)
                VALUES ('n', 'https://hooks.example/x', '%s', %d, 'whsec_c2VjcmV0')", addslashes($hook[0]), $hook[1]));
        }
    }

    /** @param array $hooks [active, actions] */
    private function module_hooks(array $hooks): void
    {
        self::$site->run('member_luxe_create_hook_tables("module"); return 1;');
        foreach ($hooks as $index => $hook) {
            self::$site->sql("INSERT INTO blog7_memberlux_hook (destination, active) VALUES ('https://hooks.example/x', $hook[0])");
            foreach ($hook[1] as $action) {
                self::$site->sql('INSERT INTO blog7_memberlux_hook_action (hook_id, action) VALUES (' . ($index + 1) . ", '$action')");
            }
        }
    }

    /** A new key of 30 days for Anna. @return array user, term, code, id, end */
    private function activate(): array
    {
        return self::$site->run(self::SETUP . '
            $code = wpm_insert_one_user_key($term, 30, "days");
            wpm_update_user_key_dates($user, $code, false, "purchase");
            $row = wpm_search_key_id($code);
            return ["user" => $user, "term" => $term, "code" => $code, "id" => (int) $row["item_id"],
                "end" => gmdate("Y-m-d", strtotime($row["key_info"]["date_end"]))];');
    }

    private function hook_ids(array $jobs): array
    {
        return array_map(static function (stdClass $job): int {
            return $job->args->hook_id;
        }, $jobs);
    }
}
