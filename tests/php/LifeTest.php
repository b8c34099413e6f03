<?php

use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The plugin's own life: WP-CLI, a network of sites, going away. */
final class LifeTest extends TestCase
{
    private static $site;
    private static $redis;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$site = new Site();
        self::$site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket]);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        self::$site->run('\Dormouse\Outbox::install(); return 1;');
        self::$site->sql('DELETE FROM wp_dormouse_outbox');
        self::$site->sql("DELETE FROM wp_options WHERE option_name LIKE 'dormouse%'");
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_command_enqueues_and_prints_the_id(): void
    {
        [$code, $output] = $this->wp('enqueue', 'wallet-charge', '{"subscription_id":42,"list":[]}', '--key=charge:42', '--delay=60');
        self::assertSame(0, $code, $output);
        $job = self::$redis->jobs()[0];
        self::assertSame($job->id . "\n", $output);
        self::assertSame('{"subscription_id":42,"list":[]}', json_encode($job->args));
        self::assertEqualsWithDelta((time() + 60) * 1000, $job->at, 10000);
        self::assertSame([1, "Error: args must be a JSON object\n"], $this->wp('enqueue', 'grant', '[1]'));
        self::assertSame(1, $this->wp('enqueue', 'Not A Kind')[0]);
    }

    public function test_command_status_tells_what_is_wrong(): void
    {
        [$code, $output] = $this->wp('status');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString("answer\tok", $output);
        self::$redis->stop();
        [$code, $output] = $this->wp('status');
        self::$redis->start();
        self::assertSame(1, $code);
        self::assertMatchesRegularExpression('/answer\tconnect: .+/', $output);
    }

    public function test_command_shows_and_moves_the_outbox(): void
    {
        self::$site->sql("INSERT INTO wp_dormouse_outbox (envelope, created_at, last_error)
            VALUES ('{\"n\":1}', UTC_TIMESTAMP(), 'was away'), ('{\"n\":2}', UTC_TIMESTAMP(), 'was away')");
        self::assertSame([0, "2\n"], $this->wp('outbox', 'count'));
        self::assertStringContainsString('was away', $this->wp('outbox', 'list', '--limit=1')[1]);
        self::assertSame([0, "Success: 2 moved to Redis\n"], $this->wp('outbox', 'drain'));
        self::assertSame(['{"n":1}', '{"n":2}'], self::$redis->intake());
        self::assertSame(1, $this->wp('outbox', 'burn')[0]);
    }

    public function test_uninstall_removes_options_and_an_empty_outbox_but_remembers_what_was_granted(): void
    {
        self::$site->run('\Dormouse\Schema::install(); \Dormouse\Settings::save(["key" => "a-secret-of-sixteen-bytes", "grant_key" => "another"]);
            set_transient("dormouse_notice_1", "x", 60); wp_schedule_event(time() + 60, "daily", "dormouse_grant_cleanup"); return 1;');
        $tables = self::tables();
        self::assertContains('wp_dormouse_grant', $tables);
        $this->uninstall();
        self::assertSame(array_values(array_diff($tables, ['wp_dormouse_outbox'])), self::tables());
        self::assertSame([], self::$site->sql("SELECT option_name FROM wp_options WHERE option_name LIKE '%dormouse%' OR option_value LIKE '%dormouse_grant_cleanup%'"));
    }

    public function test_uninstall_on_request_removes_every_table_but_the_workers(): void
    {
        self::$site->run('\Dormouse\Schema::install(); \Dormouse\Settings::save(["remove_data" => "1"]); return 1;');
        self::$site->sql('CREATE TABLE wp_dormouse_charge (charge_key VARCHAR(64) PRIMARY KEY)');
        self::assertGreaterThanOrEqual(6, count(self::tables()));
        $this->uninstall();
        self::assertSame(['wp_dormouse_charge'], self::tables());
        self::$site->sql('DROP TABLE wp_dormouse_charge');
    }

    public function test_uninstall_keeps_jobs_that_wait(): void
    {
        self::$site->sql("INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES ('{}', UTC_TIMESTAMP())");
        $this->uninstall();
        self::assertCount(1, self::$site->outbox());
    }

    public function test_second_site_of_a_network_has_its_own_name_and_outbox(): void
    {
        $site = new Site(['--plugins=dormouse']);
        $site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket]);
        $site->run('define("WP_INSTALLING_NETWORK", true);
            require_once ABSPATH . "wp-admin/includes/upgrade.php"; require_once ABSPATH . "wp-admin/includes/network.php";
            foreach ($GLOBALS["wpdb"]->tables("ms_global") as $name => $table) { $GLOBALS["wpdb"]->$name = $table; }
            install_network(); populate_network(1, "127.0.0.1", "admin@example.test", "Net", "/", false);
            return 1;');
        $site->define(['WP_ALLOW_MULTISITE' => true, 'MULTISITE' => true, 'SUBDOMAIN_INSTALL' => false,
            'DOMAIN_CURRENT_SITE' => '127.0.0.1', 'PATH_CURRENT_SITE' => '/', 'SITE_ID_CURRENT_SITE' => 1,
            'BLOG_ID_CURRENT_SITE' => 1]);
        $result = $site->run('$second = wp_insert_site(["domain" => "127.0.0.1", "path" => "/two/", "user_id" => 1]);
            $first = \Dormouse\Settings::site(); switch_to_blog($second);
            $out = [$first, \Dormouse\Settings::site(), \Dormouse\Outbox::table(), \Dormouse\Client::enqueue("grant") !== false];
            restore_current_blog(); return $out;');
        self::assertSame(['main', 'main-2', 'wp_2_dormouse_outbox', true], $result);
        self::assertCount(1, self::$redis->jobs('main-2'));
        self::assertSame('main-2', self::$redis->jobs('main-2')[0]->site);
    }

    /** @return array{0:int,1:string} */
    private function wp(string ...$words): array
    {
        return Process::run(array_merge(['php', '-d', 'display_errors=1', '-d', 'error_reporting=' . (E_ALL & ~E_DEPRECATED),
            '-d', 'auto_prepend_file=' . __DIR__ . '/support/wp-cli.php', __DIR__ . '/../support/wordpress/wp-run.php',
            '--define=WP_CLI=true', '--define=DORMOUSE_KEY=a-key-of-the-php-tests', '--define=DORMOUSE_REDIS_PATH=' . self::$redis->socket,
            self::$site->dir, __DIR__ . '/support/wp-command.php'], $words));
    }

    /** @return string[] */
    private static function tables(): array
    {
        return array_map('current', self::$site->sql("SHOW TABLES LIKE 'wp\\_dormouse%'"));
    }

    private function uninstall(): void
    {
        self::$site->run('define("WP_UNINSTALL_PLUGIN", "dormouse/dormouse.php");
            remove_all_actions("shutdown"); require WP_PLUGIN_DIR . "/dormouse/uninstall.php"; return 1;');
    }
}
