<?php

use DormouseTest\Browser;
use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** What people see: pages over HTTP, the status screen, Site Health. */
final class PagesTest extends TestCase
{
    private static $site;
    private static $redis;
    private static $server;
    private static $base;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer(['--maxmemory-policy', 'allkeys-lru']);
        self::$base = 'http://127.0.0.1:' . ($port = Process::free_port());
        self::$site = new Site(['--url=' . self::$base, '--define=DORMOUSE_REDIS_PATH=' . self::$redis->socket,
            '--define=DORMOUSE_KEY=a-key-of-the-php-tests', '--define=DORMOUSE_REDIS_PASSWORD=', '--define=DORMOUSE_REDIS_TIMEOUT=1']);
        $router = __DIR__ . '/../support/wordpress/router.php';
        $dir = self::$site->dir;
        self::$server = new Process(['php', '-S', "127.0.0.1:$port", '-t', $dir, $router], "$dir/server.log");
        Process::eventually(static function () use ($port): bool {
            return (bool) @stream_socket_client("tcp://127.0.0.1:$port");
        });
        // A page of the site that enqueues, as a shop's would, and says how many seconds it took.
        file_put_contents("$dir/wp-content/mu-plugins/enqueue.php", '<?php add_action("wp_footer", static function () {
            if (isset($_GET["enqueue"])) { $start = microtime(true);
                echo "id=", \Dormouse\Client::enqueue("grant", ["user_id" => 1]) ?: "none";
                echo " seconds=", microtime(true) - $start, ";"; } });');
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        self::$site->sql('DELETE FROM wp_dormouse_outbox');
        self::$site->sql("DELETE FROM wp_options WHERE option_name LIKE 'dormouse%'");
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_page_is_served_while_redis_is_away_and_the_next_one_brings_the_job(): void
    {
        $browser = new Browser(self::$base);
        self::$redis->stop();
        $page = $browser->get('/?enqueue=1');
        self::assertSame(200, $browser->status);
        self::assertMatchesRegularExpression('/id=[0-9A-Z]{26}.*<\/html>/s', $page);
        self::assertCount(1, self::$site->outbox());
        self::$redis->start();
        self::$site->sql("UPDATE wp_options SET option_value = '1000' WHERE option_name = 'dormouse_redis_down_until'");
        $browser->get('/');
        Process::eventually(static function (): bool {
            return count(self::$redis->intake()) === 1 && self::$site->outbox() === [];
        });
        self::assertCount(1, self::$redis->intake());
    }

    public function test_frozen_redis_delays_a_page_by_at_most_one_timeout(): void
    {
        $browser = new Browser(self::$base);
        $browser->get('/');
        self::$redis->freeze(true);
        try {
            $first = $browser->get('/?enqueue=1');
            $second = $browser->get('/?enqueue=1');
        } finally {
            self::$redis->freeze(false);
        }
        $seconds = static function (string $page): float {
            return preg_match('/ seconds=([0-9.E-]+);.*<\/html>/s', $page, $found) ? (float) $found[1] : -1.0;
        };
        self::assertGreaterThan(0.9, $seconds($first));
        self::assertLessThan(1.9, $seconds($first), 'one timeout');
        self::assertGreaterThan(0, $seconds($second));
        self::assertLessThan(0.9, $seconds($second), 'none');
        self::assertCount(2, self::$site->outbox());
    }

    public function test_status_screen_shows_the_settings_and_tests_the_connection(): void
    {
        $browser = $this->administrator();
        $page = $browser->get('/wp-admin/tools.php?page=dormouse');
        self::assertStringContainsString(self::$redis->socket, $page);
        self::assertStringContainsString('Empty: every job is in Redis.', $page);
        self::assertStringNotContainsString('a-key-of-the-php-tests', $page);
        $page = $browser->post('/wp-admin/admin-post.php', ['action' => 'dormouse_test', '_wpnonce' => $this->nonce($page, 'dormouse_test')]);
        self::assertStringContainsString('Redis answered.', $page);
        self::assertStringNotContainsString('Redis answered.', $browser->get('/wp-admin/tools.php?page=dormouse'));
    }

    public function test_outbox_is_listed_escaped_and_moved_by_a_button(): void
    {
        $browser = $this->administrator();
        $this->waiting_job(gmdate('Y-m-d H:i:s'), '<script>alert(1)</script>');
        self::$site->sql("INSERT INTO wp_options (option_name, option_value) VALUES ('dormouse_redis_down_until', '"
            . (time() + 600) . "') ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)");
        $page = $browser->get('/wp-admin/tools.php?page=dormouse');
        self::assertStringContainsString('&lt;script&gt;alert(1)', $page);
        $page = $browser->post('/wp-admin/admin-post.php', ['action' => 'dormouse_drain', '_wpnonce' => $this->nonce($page, 'dormouse_drain')]);
        self::assertStringContainsString('1 jobs moved to Redis.', $page);
        self::assertSame(['{}'], self::$redis->intake());
    }

    public function test_buttons_need_a_nonce_and_the_capability(): void
    {
        $browser = $this->administrator();
        $browser->post('/wp-admin/admin-post.php', ['action' => 'dormouse_drain']);
        self::assertSame(403, $browser->status);
        self::$site->run('return username_exists("reader") ?: wp_insert_user(["user_login" => "reader", "user_pass" => "reader",
            "role" => "subscriber", "user_email" => "reader@example.test"]);');
        $reader = new Browser(self::$base);
        $reader->log_in('reader', 'reader');
        $reader->get('/wp-admin/tools.php?page=dormouse');
        self::assertSame(403, $reader->status);
        $reader->post('/wp-admin/admin-post.php', ['action' => 'dormouse_test']);
        self::assertSame(403, $reader->status);
    }

    public function test_site_health_tests_are_served_to_administrators_only(): void
    {
        $path = '/wp-json/dormouse/v1/site-health/';
        $stranger = new Browser(self::$base);
        $stranger->get($path . 'redis');
        self::assertSame(401, $stranger->status);

        $browser = $this->administrator();
        $header = ['X-WP-Nonce: ' . $browser->get('/wp-admin/admin-ajax.php?action=rest-nonce')];
        self::assertSame('good', json_decode($browser->get($path . 'redis', $header))->status);
        $policy = json_decode($browser->get($path . 'policy', $header));
        self::assertSame('critical', $policy->status);
        self::assertStringContainsString('allkeys-lru', $policy->description);
        self::assertSame('good', json_decode($browser->get($path . 'outbox', $header))->status);
    }

    public function test_site_health_knows_the_three_tests_and_their_results(): void
    {
        $results = self::$site->run('$tests = apply_filters("site_status_tests", ["async" => []])["async"];
            return array_map(static function ($test) { return $test["async_direct_test"]()["status"]; }, $tests);',
            ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        self::assertSame(['dormouse_redis' => 'critical', 'dormouse_policy' => 'recommended', 'dormouse_outbox' => 'good'], $results);
        $this->waiting_job(gmdate('Y-m-d H:i:s'), 'x');
        self::assertSame('recommended', self::$site->run('return \Dormouse\SiteHealth::outbox()["status"];'));
        $this->waiting_job('2026-01-01 00:00:00', 'x');
        self::assertSame('critical', self::$site->run('return \Dormouse\SiteHealth::outbox()["status"];'));
    }

    public function test_debug_information_keeps_secrets(): void
    {
        $info = self::$site->run('return apply_filters("debug_information", [])["dormouse"]["fields"];',
            ['DORMOUSE_REDIS_PASSWORD' => 'hunter2-secret']);
        self::assertStringNotContainsString('hunter2-secret', json_encode($info));
        self::assertStringNotContainsString('a-key-of-the-php-tests', json_encode($info));
        self::assertSame(['set', true], [$info['password']['value'], $info['password']['private']]);
        self::assertSame(['main', false], [$info['site']['value'], $info['site']['private']]);
    }

    public function test_problems_are_named(): void
    {
        $problems = 'return \Dormouse\Settings::problems();';
        self::assertSame([], self::$site->run($problems));
        self::assertStringContainsString('not signed', implode(self::$site->run($problems, ['DORMOUSE_KEY' => ''])));
        self::assertStringContainsString('16 bytes', implode(self::$site->run($problems, ['DORMOUSE_KEY' => 'short'])));
        self::assertStringContainsString('DORMOUSE_SITE', implode(self::$site->run($problems, ['DORMOUSE_SITE' => 'My Site'])));
        $shared = ['WP_REDIS_PATH' => self::$redis->socket, 'WP_REDIS_SCHEME' => 'unix', 'DORMOUSE_REDIS_DATABASE' => 0];
        self::assertStringContainsString('object cache', implode(self::$site->run($problems, $shared)));
    }

    /** Written past the plugin, which would move it at the end of the very request that adds it. */
    private function waiting_job(string $since, string $error): void
    {
        self::$site->sql("INSERT INTO wp_dormouse_outbox (envelope, created_at, last_error) VALUES ('{}', '$since', '$error')");
    }

    private function administrator(): Browser
    {
        $browser = new Browser(self::$base);
        $browser->log_in('admin', 'admin');
        return $browser;
    }

    /** The nonce of the form whose hidden field names the action. */
    private function nonce(string $page, string $action): string
    {
        self::assertSame(1, preg_match('/value="' . $action . '".*?name="_wpnonce" value="([0-9a-f]+)"/s', $page, $found));
        return $found[1];
    }
}
