<?php

use DormouseTest\Browser;
use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** Settings → Dormouse over HTTP, on a site whose wp-config.php decides nothing but the site's name. */
final class SettingsPageTest extends TestCase
{
    private const PAGE = '/wp-admin/options-general.php?page=dormouse-settings';
    private const SECRET = 'a secret & "quoted" <one> of 40 bytes';

    private static $site;
    private static $redis;
    private static $server;
    private static $base;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$base = 'http://127.0.0.1:' . ($port = Process::free_port());
        self::$site = new Site(['--url=' . self::$base, '--define=DORMOUSE_SITE=school']);
        self::$site->define(['DORMOUSE_KEY_ID' => null, 'DORMOUSE_KEY' => null]);
        $dir = self::$site->dir;
        // Gives anybody a valid nonce of his own: so the capability has to stand alone.
        file_put_contents("$dir/wp-content/mu-plugins/nonce.php", '<?php add_action("wp_footer", static function () {
            if (isset($_GET["nonce"])) { echo "nonce=", wp_create_nonce("dormouse_settings"), "."; } });');
        self::$server = new Process(['php', '-S', "127.0.0.1:$port", '-t', $dir, __DIR__ . '/../support/wordpress/router.php'], "$dir/server.log");
        Process::eventually(static function () use ($port): bool {
            return (bool) @stream_socket_client("tcp://127.0.0.1:$port");
        });
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

    public function test_what_is_saved_is_used_and_shown_again(): void
    {
        $page = $this->save(['enabled' => '1', 'redis_path' => self::$redis->socket, 'key_id' => 'site-1', 'key' => self::SECRET,
            'redis_pause' => '45', 'grant_async' => '1']);
        self::assertStringContainsString('Settings saved.', $page);
        self::assertStringContainsString('value="' . self::$redis->socket . '"', $page);
        $seen = self::$site->run('return array_map(static function ($name) { return ["Dormouse\Settings", $name](); },
            ["enabled", "key_id", "key", "pause", "grant_async", "licence_bridge", "bundle_courses"]);');
        self::assertSame([true, 'site-1', self::SECRET, 45, true, false, false], $seen);
        self::assertIsString(self::$site->run('return \Dormouse\Client::enqueue("grant", ["user_id" => 1]);'));
        self::assertCount(1, self::$redis->jobs('school'));
    }

    public function test_secrets_never_come_back(): void
    {
        $fields = ['key' => self::SECRET . 1, 'redis_password' => self::SECRET . 2, 'grant_key' => self::SECRET . 3, 'companion_key' => self::SECRET . 4];
        $page = $this->save($fields) . $this->administrator()->get(self::PAGE) . $this->administrator()->get('/wp-admin/tools.php?page=dormouse');
        foreach ($fields as $secret) {
            self::assertStringNotContainsString($secret, html_entity_decode($page));
        }
        self::assertSame(8, substr_count($page, 'Set on ' . gmdate('Y-m-d') . '.'));
        $told = json_encode(self::$site->run('return [apply_filters("debug_information", [])["dormouse"], \Dormouse\Settings::problems()];'));
        self::assertStringNotContainsString('quoted', $told);
    }

    public function test_empty_secret_changes_nothing_and_remove_removes(): void
    {
        $this->save(['grant_key' => self::SECRET, 'companion_key' => self::SECRET]);
        $keys = 'return [\Dormouse\Settings::grant_key(), \Dormouse\Settings::companion_key()];';
        $this->save(['grant_key' => '', 'companion_key' => '']);
        self::assertSame([self::SECRET, self::SECRET], self::$site->run($keys));
        $page = $this->save([], ['companion_key']);
        self::assertSame([self::SECRET, ''], self::$site->run($keys));
        self::assertSame(1, substr_count($page, 'Set on '));
    }

    public function test_constants_win_and_are_shown_read_only(): void
    {
        $page = $this->save(['site' => 'other']);
        self::assertMatchesRegularExpression('/id="dormouse-site" value="school" readonly disabled> <em>set in wp-config.php \(DORMOUSE_SITE\)/', $page);
        self::assertStringNotContainsString('name="dormouse[site]"', $page);
        self::assertArrayNotHasKey('site', self::$site->run('return \Dormouse\Settings::saved();'));
        $shown = self::$site->run('require_once ABSPATH . "wp-admin/includes/template.php"; wp_set_current_user(1); ob_start();
            \Dormouse\Admin\Form::show(); return ob_get_clean();', ['DORMOUSE_KEY' => 'a-key-of-the-php-tests', 'DORMOUSE_LICENCE_BRIDGE' => false]);
        self::assertStringNotContainsString('a-key-of-the-php-tests', $shown);
        self::assertMatchesRegularExpression('/id="dormouse-key" value="•+" readonly/u', $shown);
        self::assertMatchesRegularExpression('/id="dormouse-licence_bridge" value="off" readonly/', $shown);
    }

    public function test_bad_values_are_named_and_stay_as_they_were(): void
    {
        $this->save(['redis_port' => '7000', 'redis_host' => '127.0.0.1']);
        $page = $this->save(['redis_port' => '70000', 'redis_host' => '127.0.0.2', 'key' => 'short', 'redis_path' => '"><script>x']);
        self::assertStringContainsString('Port: A whole number from 1 to 65535. This setting was not changed.', $page);
        self::assertStringContainsString('Signing key: At least 16 bytes, please.', $page);
        self::assertStringContainsString('Socket: A path that begins with /.', $page);
        self::assertStringNotContainsString('<script>x', $page);
        $saved = self::$site->run('return \Dormouse\Settings::saved();');
        self::assertSame(['7000', '127.0.0.2', null, null],
            [$saved['redis_port'], $saved['redis_host'], $saved['key'] ?? null, $saved['redis_path'] ?? null]);
    }

    public function test_switch_stays_off_when_redis_is_away_and_everything_else_is_saved(): void
    {
        $page = $this->save(['enabled' => '1', 'redis_path' => '/nonexistent/redis.sock', 'key_id' => 'k9']);
        self::assertMatchesRegularExpression('~The queue stays switched off; jobs wait in the outbox\. Cannot reach unix:///nonexistent/redis\.sock~', $page);
        self::assertSame([false, 'k9'], self::$site->run('return [\Dormouse\Settings::enabled(), \Dormouse\Settings::key_id()];'));
        self::assertSame('recommended', self::$site->run('return \Dormouse\SiteHealth::redis()["status"];', ['DORMOUSE_REDIS_PATH' => self::$redis->socket]));
    }

    public function test_connection_is_tested_with_what_the_form_holds(): void
    {
        $browser = $this->administrator();
        $sent = ['action' => 'dormouse_test_settings', '_wpnonce' => $this->nonce($browser->get(self::PAGE))];
        $ask = static function (array $fields) use ($browser, $sent): array {
            $answer = json_decode($browser->post('/wp-admin/admin-ajax.php', $sent + ['dormouse' => $fields]), true);
            return array_map('implode', array_fill(0, count($answer['data']), ': '), $answer['data']);
        };
        self::assertStringStartsWith('good: Connected to unix://' . self::$redis->socket, $ask(['redis_path' => self::$redis->socket])[0]);
        self::assertStringStartsWith('bad: Cannot reach tcp://127.0.0.1:1 ', $ask(['redis_host' => '127.0.0.1', 'redis_port' => '1'])[0]);
        self::assertSame(['bad: Port: A whole number from 1 to 65535.'], $ask(['redis_port' => '0']));
        self::assertSame('0', self::$redis->cli('DBSIZE'));
        self::assertSame([], self::$site->run('return \Dormouse\Settings::saved();'));
    }

    public function test_switch_stays_off_when_redis_refuses_what_waited(): void
    {
        self::$redis->cli('ACL', 'SETUSER', 'misled', 'on', '>password', 'resetkeys', '-@all', '+lpush', '~dormouse:{other}:in');
        self::$site->sql("INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES ('{}', UTC_TIMESTAMP())");
        $page = $this->save(['enabled' => '1', 'redis_path' => self::$redis->socket, 'redis_username' => 'misled', 'redis_password' => 'password']);
        self::assertStringContainsString('The queue stays switched off; jobs wait in the outbox. LPUSH: NOPERM', $page);
        self::assertFalse(self::$site->run('return \Dormouse\Settings::enabled();'));
        self::assertCount(1, self::$site->outbox());
        $health = self::$site->run('return \Dormouse\SiteHealth::redis();', ['DORMOUSE_ENABLED' => true]);
        self::assertSame(['critical', 'Redis refuses this site\'s jobs'], [$health['status'], $health['label']]);
        self::assertStringContainsString('dormouse:{school}:in', $health['description']);
    }

    public function test_switch_that_is_on_stays_on_while_redis_is_away(): void
    {
        $this->save(['enabled' => '1', 'redis_path' => self::$redis->socket]);
        self::$redis->stop();
        try {
            self::$site->run('return \Dormouse\Client::enqueue("grant", ["user_id" => 1]);');
            $this->save(['enabled' => '1', 'redis_path' => self::$redis->socket, 'redis_pause' => '60']);
        } finally {
            self::$redis->start();
        }
        self::assertSame([true, 60], self::$site->run('return [\Dormouse\Settings::enabled(), \Dormouse\Settings::pause()];'));
        self::assertCount(1, self::$site->outbox());
    }

    public function test_switched_off_jobs_wait_and_leave_with_the_switch(): void
    {
        $this->save(['redis_path' => self::$redis->socket]);
        self::assertIsString(self::$site->run('return \Dormouse\Client::enqueue("grant", ["user_id" => 1]);'));
        self::assertSame(['switched off'], array_column(self::$site->outbox(), 'last_error'));
        $this->administrator()->get('/');
        self::assertSame([], self::$redis->intake('school'));
        $this->save(['enabled' => '1', 'redis_path' => self::$redis->socket]);
        self::assertSame([], self::$site->outbox());
        self::assertCount(1, self::$redis->jobs('school'));
    }

    public function test_nothing_is_autoloaded(): void
    {
        $this->save(['enabled' => '1', 'redis_path' => self::$redis->socket, 'key' => self::SECRET, 'grant_key' => self::SECRET,
            'companion_key' => self::SECRET, 'grant_async' => '1', 'licence_bridge' => '1', 'events_shown' => ['a_b'], 'remove_data' => '1']);
        $rows = self::$site->sql("SELECT option_name, autoload FROM wp_options WHERE option_name LIKE '%dormouse%' AND option_name NOT LIKE '%transient%'");
        self::assertGreaterThanOrEqual(6, count($rows));
        self::assertSame(['no'], array_values(array_unique(array_column($rows, 'autoload'))), json_encode($rows));
    }

    public function test_every_setting_is_in_the_operators_page(): void
    {
        $page = file_get_contents(__DIR__ . '/../../docs/wordpress.md');
        $names = self::$site->run('return array_keys(\Dormouse\Admin\Fields::all());');
        self::assertGreaterThan(15, count($names));
        foreach (array_diff(array_merge($names, self::$site->run('return \Dormouse\Settings::ALONE;')), ['redis_path']) as $name) {
            $short = strncmp($name, 'redis_', 6) === 0 && $name !== 'redis_pause' ? strtoupper(substr($name, 5)) : 'DORMOUSE_' . strtoupper($name);
            self::assertStringContainsString("`$short`", $page);
        }
    }

    public function test_event_without_a_tick_calls_no_hook(): void
    {
        self::$site->sql("INSERT INTO wp_memberlux_hook (event, url, is_active) VALUES ('order_paid', 'https://example.test/', 1)");
        try {
            $page = $this->save(['events_shown' => ['order_paid', 'wpm_update_user_key_dates'], 'events_on' => ['wpm_update_user_key_dates']]);
            self::assertMatchesRegularExpression('~value="order_paid"> <code>order_paid~', $page);
            self::assertMatchesRegularExpression("~value=\"wpm_update_user_key_dates\" checked='checked'>~", $page);
            $fire = '\Dormouse\Hooks\Listener::listen(); do_action("order_paid", 7); return count(\Dormouse\Outbox::list(9));';
            self::assertSame(0, self::$site->run($fire));
            $this->save(['events_shown' => ['order_paid'], 'events_on' => ['order_paid']]);
            self::assertSame(1, self::$site->run($fire));
        } finally {
            self::$site->sql("DELETE FROM wp_memberlux_hook WHERE event = 'order_paid'");
        }
    }

    public function test_new_key_is_shown_with_the_workers_lines_and_not_stored(): void
    {
        $browser = $this->administrator();
        $nonce = $this->nonce($browser->get(self::PAGE));
        foreach (['key' => 'signing_keys:', 'grant_key' => '/wp-json/mlgb/v1/grant', 'companion_key' => 'companion:'] as $name => $line) {
            $answer = json_decode($browser->post('/wp-admin/admin-ajax.php', ['action' => 'dormouse_new_key', 'name' => $name, '_wpnonce' => $nonce]));
            self::assertMatchesRegularExpression('/\A[0-9a-f]{64}\z/', $answer->data->key);
            self::assertStringContainsString($answer->data->key, $answer->data->lines);
            self::assertStringContainsString($line, $answer->data->lines);
            self::assertSame([], self::$site->sql("SELECT 1 FROM wp_options WHERE option_value LIKE '%{$answer->data->key}%'"));
        }
        $browser->post('/wp-admin/admin-ajax.php', ['action' => 'dormouse_new_key', 'name' => 'redis_password', '_wpnonce' => $nonce]);
        self::assertSame(400, $browser->status);
    }

    public function test_second_signing_key_gets_an_id_of_its_own(): void
    {
        $browser = $this->administrator();
        $sent = ['action' => 'dormouse_new_key', 'name' => 'key', '_wpnonce' => $this->nonce($browser->get(self::PAGE))];
        self::assertSame('main', json_decode($browser->post('/wp-admin/admin-ajax.php', $sent))->data->id);
        $this->save(['key' => self::SECRET]);
        $second = json_decode($browser->post('/wp-admin/admin-ajax.php', $sent))->data;
        self::assertMatchesRegularExpression('/\Asite-\d{8}\z/', $second->id);
        self::assertStringContainsString("- id: {$second->id}\n", $second->lines);
        $this->save(['key' => $second->key, 'key_id' => $second->id]);
        self::assertSame($second->id . '-2', json_decode($browser->post('/wp-admin/admin-ajax.php', $sent))->data->id);
    }

    public function test_handlers_need_a_nonce_and_the_capability(): void
    {
        $browser = $this->administrator();
        $reader = new Browser(self::$base);
        self::$site->run('return username_exists("reader") ?: wp_insert_user(["user_login" => "reader", "user_pass" => "reader",
            "role" => "subscriber", "user_email" => "reader@example.test"]);');
        $reader->log_in('reader', 'reader');
        $reader->get(self::PAGE);
        self::assertSame(403, $reader->status);
        self::assertSame(1, preg_match('/nonce=([0-9a-f]+)\./', $reader->get('/?nonce=1'), $found));
        foreach (['dormouse_settings' => 'admin-post.php', 'dormouse_test_settings' => 'admin-ajax.php', 'dormouse_new_key' => 'admin-ajax.php'] as $action => $file) {
            $sent = ['action' => $action, 'name' => 'key', 'dormouse' => ['key_id' => 'stolen']];
            $browser->post('/wp-admin/' . $file, $sent);
            self::assertSame(403, $browser->status);
            self::assertStringNotContainsString('"lines"', $reader->post('/wp-admin/' . $file, $sent + ['_wpnonce' => $found[1]]));
            self::assertSame(403, $reader->status);
        }
        self::assertSame([], self::$site->run('return \Dormouse\Settings::saved();'));
    }

    private function save(array $fields, array $remove = []): string
    {
        $browser = $this->administrator();
        $nonce = $this->nonce($browser->get(self::PAGE));
        return $browser->post('/wp-admin/admin-post.php', ['action' => 'dormouse_settings', '_wpnonce' => $nonce,
            'dormouse' => $fields, 'dormouse_remove' => $remove]);
    }

    private function administrator(): Browser
    {
        $browser = new Browser(self::$base);
        $browser->log_in('admin', 'admin');
        return $browser;
    }

    private function nonce(string $page): string
    {
        self::assertSame(1, preg_match('/value="dormouse_settings".*?name="_wpnonce" value="([0-9a-f]+)"/s', $page, $found), $page);
        return $found[1];
    }
}
