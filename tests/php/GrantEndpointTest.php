<?php

use DormouseTest\Browser;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use DormouseTest\WebServer;
use PHPUnit\Framework\TestCase;

/** `POST /mlgb/v1/grant` over HTTP: who may, what is refused and how, what is answered. */
final class GrantEndpointTest extends TestCase
{
    private const KEY = 'a-key-for-the-grant-endpoint';
    private const PATH = '/wp-json/mlgb/v1/grant';

    private static $site;
    private static $redis;
    private static $server;
    private static $term;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        $port = DormouseTest\Process::free_port();
        self::$site = new Site(["--url=http://127.0.0.1:$port", '--define=DORMOUSE_GRANT_KEY=' . self::KEY,
            '--define=DORMOUSE_REDIS_PATH=' . self::$redis->socket, '--define=DORMOUSE_KEY=a-key-of-the-php-tests',
            '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0']);
        self::$server = new WebServer(self::$site, [], $port);
        self::$term = self::$site->run('return wp_insert_term("Course", "wpm-levels")["term_id"];');
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        self::$site->sql("DELETE FROM wp_options WHERE option_name LIKE 'dormouse%'");
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
        self::assertStringNotContainsString(self::KEY, json_encode(self::$site->sql('SELECT * FROM wp_dormouse_grant_audit')));
    }

    public function test_grant_is_answered_by_the_contract_and_its_repetition_with_the_same_values(): void
    {
        $first = $this->post($this->body('lead_789'));
        self::assertSame(200, $first['status'], $first['text']);
        self::assertSame('granted', $first['json']['status']);
        $user = self::$site->sql("SELECT ID, user_login FROM wp_users WHERE user_email = 'lead_789@example.test'")[0];
        $end = gmdate('Y-m-d', strtotime('+6 months'));
        $key = self::$site->sql('SELECT * FROM wp_memberlux_term_keys')[0];
        self::assertSame(['user_id' => (int) $user['ID'], 'term_id' => self::$term, 'key' => $key['key'],
            'date_start' => gmdate('Y-m-d'), 'date_end' => $end, 'external_id' => 'lead_789', 'status' => 'granted'], $first['json']);
        self::assertSame(['used', 'months', '6', $end], [$key['status'], $key['units'], $key['duration'], $key['date_end']]);
        self::assertSame('no-store', $first['headers']['cache-control']);

        $again = $this->post($this->body('lead_789'));
        self::assertSame(200, $again['status']);
        self::assertEquals(['status' => 'already_granted'] + $first['json'], $again['json']);
        self::assertCount(1, self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
        $meta = self::$site->sql("SELECT source FROM wp_memberlux_keys_meta WHERE key_id = {$key['id']}");
        self::assertSame('grant_bridge_amo_crm', $meta[0]['source']);
    }

    public function test_flat_shape_form_and_days_mean_what_they_say(): void
    {
        $body = ['email' => ' Anna@Example.test ', 'first_name' => 'Анна', 'last_name' => "O'Neil",
            'key' => ['term_id' => (string) self::$term, 'duration' => '10', 'units' => 'day', 'is_unlimited' => false]];
        $flat = $this->post($body);
        self::assertSame(gmdate('Y-m-d', strtotime('+10 days')), $flat['json']['date_end'] ?? $flat['text']);
        self::assertMatchesRegularExpression('/\Asha256:[0-9a-f]{64}\z/', $flat['json']['external_id']);
        $form = self::$server->send('POST', self::PATH, http_build_query($body + ['token' => self::KEY]));
        self::assertSame('already_granted', $form['json']['status'] ?? $form['text']);
        self::assertSame($flat['json']['key'], $form['json']['key']);
        $names = self::$site->run("\$user = get_user_by('email', 'anna@example.test');
            return [\$user->first_name, \$user->last_name, \$user->roles, \$user->user_login];");
        self::assertSame(['Анна', "O'Neil", ['customer'], 'anna'], $names);
    }

    public function test_unlimited_access_needs_no_duration(): void
    {
        $answer = $this->post(['email' => 'ever@example.test', 'key' => ['term_id' => self::$term, 'is_unlimited' => true]]);
        self::assertSame(true, $answer['json']['is_unlimited'] ?? $answer['text']);
        self::assertSame([gmdate('Y-m-d'), gmdate('Y-m-d')], [$answer['json']['date_start'], $answer['json']['date_end']]);
        self::assertSame('1', self::$site->sql('SELECT is_unlimited FROM wp_memberlux_term_keys')[0]['is_unlimited']);
    }

    public function test_access_needs_the_key_or_the_capability(): void
    {
        $nobody = self::$server->send('POST', self::PATH, $this->body('a1'));
        self::assertSame([401, 'rest_forbidden'], [$nobody['status'], $nobody['json']['code']]);
        foreach (['X-API-Key: wrong', 'X-API-Key: ' . self::KEY . 'x'] as $header) {
            $wrong = self::$server->send('POST', self::PATH, $this->body('a1'), [$header]);
            self::assertSame([403, 'rest_forbidden'], [$wrong['status'], $wrong['json']['code']]);
        }
        self::assertSame(403, self::$server->send('POST', self::PATH, $this->body('a1') + ['token' => 'wrong'])['status']);
        self::assertSame(401, self::$server->send('POST', self::PATH . '?token=' . self::KEY, $this->body('a1'))['status'], 'never from the URL');
        self::assertSame([], self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
        self::assertSame(200, self::$server->send('POST', self::PATH, $this->body('a1') + ['token' => self::KEY])['status']);

        self::assertSame(['admin' => 200, 'reader' => 403, 'filtered' => 200], self::$site->run('
            $ask = static function ($user_id) { wp_set_current_user($user_id);
                $request = new WP_REST_Request("POST", "/mlgb/v1/grant");
                $request->set_header("Content-Type", "application/json");
                $request->set_body(json_encode(["email" => "c@example.test", "key" => ["term_id" => ' . self::$term . ', "duration" => 1, "units" => "days"]]));
                return rest_do_request($request)->get_status(); };
            $reader = wp_insert_user(["user_login" => "r1", "user_pass" => "x", "role" => "subscriber", "user_email" => "r1@example.test"]);
            $out = ["admin" => $ask(1), "reader" => $ask($reader)];
            add_filter("dormouse_grant_capability", static function () { return "read"; });
            return $out + ["filtered" => $ask($reader)];'));
    }

    public function test_key_may_be_an_option_and_without_one_no_key_fits(): void
    {
        $try = static function (string $setup): int {
            return self::$site->run($setup . '$request = new WP_REST_Request("POST", "/mlgb/v1/grant");
                $request->set_header("X-API-Key", "from-the-option"); return rest_do_request($request)->get_status();',
                ['DORMOUSE_GRANT_KEY' => null]);
        };
        $config = file_get_contents(self::$site->dir . '/wp-config.php');
        file_put_contents(self::$site->dir . '/wp-config.php', str_replace("'DORMOUSE_GRANT_KEY'", "'NO_KEY'", $config));
        try {
            self::assertSame(403, $try(''));
            self::assertSame(400, $try('update_option("dormouse_grant_key", "from-the-option", false);'), 'past the door');
        } finally {
            file_put_contents(self::$site->dir . '/wp-config.php', $config);
        }
    }

    public static function bad_bodies(): array
    {
        $user = ['email' => 'a@example.test'];
        $grant = ['term_id' => 1, 'duration' => 1, 'units' => 'month'];
        $of = static function (array $change) use ($user, $grant): array {
            return ['user' => $user, 'grant' => $change + $grant];
        };
        return [
            'nothing' => [[], 'email'],
            'no grant' => [['user' => $user], 'grant'],
            'user is no object' => [['user' => 'a@example.test', 'grant' => $grant], 'user'],
            'no address' => [['user' => ['email' => 'anna'], 'grant' => $grant], 'user.email'],
            'address is no text' => [['user' => ['email' => ['a']], 'grant' => $grant], 'user.email'],
            'long address' => [['user' => ['email' => str_repeat('a', 95) . '@b.test'], 'grant' => $grant], 'user.email'],
            'name with a line' => [['user' => $user + ['first_name' => "a\nb"], 'grant' => $grant], 'user.first_name'],
            'level 0' => [$of(['term_id' => 0]), 'grant.term_id'],
            'level is a fraction' => [$of(['term_id' => 1.5]), 'grant.term_id'],
            'no units' => [['user' => $user, 'grant' => ['term_id' => 1, 'duration' => 1]], 'grant.units'],
            'years' => [$of(['units' => 'year']), 'grant.units'],
            'no duration' => [$of(['duration' => 0]), 'grant.duration'],
            'negative' => [$of(['duration' => '-1']), 'grant.duration'],
            'too long' => [$of(['duration' => 1201]), 'grant.duration'],
            'unlimited?' => [$of(['is_unlimited' => 'perhaps']), 'grant.is_unlimited'],
            'flat' => [['email' => 'a@example.test', 'key' => ['term_id' => 'x']], 'key.term_id'],
            'source' => [['source' => 'Amo CRM'] + $of([]), 'source'],
            'external_id' => [['external_id' => 'a b'] + $of([]), 'external_id'],
            'long external_id' => [['external_id' => str_repeat('x', 101)] + $of([]), 'external_id'],
        ];
    }

    /** @dataProvider bad_bodies */
    public function test_bad_member_is_named(array $body, string $member): void
    {
        $answer = $this->post($body);
        self::assertSame([400, 'dormouse_bad_request'], [$answer['status'], $answer['json']['code']]);
        self::assertSame([400, $member], [$answer['json']['data']['status'], $answer['json']['data']['member']]);
        self::assertStringStartsWith($member, $answer['json']['message']);
        self::assertSame([], self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
    }

    public function test_unknown_level_and_reused_id_are_refused(): void
    {
        $answer = $this->post(['grant' => ['term_id' => 999999] + $this->body('x')['grant']] + $this->body('none'));
        self::assertSame([404, 'dormouse_no_level'], [$answer['status'], $answer['json']['code']]);
        self::assertFalse(self::$site->run('return get_user_by("email", "none@example.test");'), 'nobody was made for it');

        $this->post($this->body('reused'));
        $others = ['duration' => 7, 'units' => 'days', 'is_unlimited' => true];
        foreach ($others as $name => $value) {
            $body = $this->body('reused');
            $body['grant'][$name] = $value;
            $answer = $this->post($body);
            self::assertSame([422, 'dormouse_key_reused', $name], [$answer['status'], $answer['json']['code'], $answer['json']['data']['member']]);
        }
        $renamed = $this->body('reused');
        $renamed['user'] = ['email' => 'REUSED@example.test', 'first_name' => 'Other'];
        $renamed['source'] = 'other';
        self::assertSame('already_granted', $this->post($renamed)['json']['status'], 'names, source and case are no other grant');
        self::assertSame(200, $this->post($this->body('REUSED'))['status'], 'ids differ by case');
        self::assertCount(2, self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
    }

    public function test_without_the_core_it_says_so_and_when_to_come_again(): void
    {
        $answer = self::$site->run('$plugins = get_option("active_plugins");
            update_option("active_plugins", array_values(array_diff($plugins, ["member-luxe/member-luxe.php"]))); return $plugins;');
        $refused = $this->post($this->body('core'));
        self::$site->run('update_option("active_plugins", ' . var_export($answer, true) . '); return 1;');
        self::assertSame([503, 'dormouse_core_missing', '30'], [$refused['status'], $refused['json']['code'], $refused['headers']['retry-after']]);
        self::assertSame('granted', $this->post($this->body('core'))['json']['status']);
    }

    public function test_nobody_gets_a_mail_when_a_user_is_made(): void
    {
        $plugin = self::$site->dir . '/wp-content/mu-plugins/welcome.php';
        file_put_contents($plugin, '<?php add_action("user_register", static function ($id) {
            wp_new_user_notification($id, null, "both"); wp_mail("a@example.test", "Welcome", "x"); });');
        try {
            self::assertSame('granted', $this->post($this->body('quiet'))['json']['status']);
            self::assertSame([], glob(self::$site->dir . '/mail/*.json'));
            self::$site->run('return wp_insert_user(["user_login" => "loud", "user_pass" => "x", "user_email" => "loud@example.test"]);');
            self::assertNotSame([], glob(self::$site->dir . '/mail/*.json'), 'others are told as ever');
        } finally {
            unlink($plugin);
        }
    }

    public function test_status_page_and_site_health_say_who_answers(): void
    {
        $health = self::$site->run('return \Dormouse\Grant\RouteOwner::health();');
        self::assertSame('good', $health['status']);
        $bridge = __DIR__ . '/../standins/ml-grant-bridge';
        symlink($bridge, self::$site->dir . '/wp-content/plugins/ml-grant-bridge');
        self::$site->run('require_once ABSPATH . "wp-admin/includes/plugin.php"; activate_plugin("ml-grant-bridge/ml-grant-bridge.php"); return 1;');
        try {
            self::assertSame('ml-grant-bridge', self::$server->send('POST', self::PATH, $this->body('other'))['json']['owner']);
            self::assertSame(404, self::$server->send('GET', self::PATH . '/x', null, ['X-API-Key: ' . self::KEY])['status']);
            $health = self::$site->run('return apply_filters("site_status_tests", ["direct" => []])["direct"]["dormouse_grant"]["test"]();');
            self::assertSame('recommended', $health['status']);
            self::assertStringContainsString('ml-grant-bridge', $health['description']);
            $browser = new Browser('http://127.0.0.1:' . self::$server->port);
            $browser->log_in('admin', 'admin');
            self::assertStringContainsString('is served by ml-grant-bridge', $browser->get('/wp-admin/tools.php?page=dormouse'));
            self::assertStringNotContainsString('is served by', $browser->get('/wp-admin/index.php'));
        } finally {
            self::$site->run('require_once ABSPATH . "wp-admin/includes/plugin.php"; deactivate_plugins("ml-grant-bridge/ml-grant-bridge.php"); return 1;');
        }
        self::assertSame('granted', $this->post($this->body('own'))['json']['status']);
    }

    private function body(string $id): array
    {
        return ['user' => ['email' => "$id@example.test", 'first_name' => 'Иван', 'last_name' => 'Петров'],
            'grant' => ['term_id' => self::$term, 'duration' => 6, 'units' => 'month'], 'external_id' => $id, 'source' => 'amo_crm'];
    }

    private function post(array $body, array $headers = []): array
    {
        return self::$server->send('POST', self::PATH, $body, array_merge(['X-API-Key: ' . self::KEY], $headers));
    }
}
