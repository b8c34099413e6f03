<?php

use DormouseTest\Site;
use DormouseTest\WebServer;
use DormouseTest\WorkerTables;
use PHPUnit\Framework\TestCase;

/** The link in a letter: made on request of the worker, followed by people without a log-in and by mail programs. */
final class UnsubscribeTest extends TestCase
{
    private const ONE_CLICK = 'List-Unsubscribe=One-Click';
    private const HTTPS = 'add_filter("home_url", static function ($url) { return preg_replace("~^http:~", "https:", $url); });';

    private static $site;
    private static $server;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--define=DORMOUSE_UNSUBSCRIBE=1', '--define=DORMOUSE_COMPANION_KEY=companion-key-of-the-tests']);
        self::$server = new WebServer(self::$site);
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = null;
    }

    protected function setUp(): void
    {
        WorkerTables::create(self::$site);
        self::$site->sql('DELETE FROM wp_dormouse_suppression');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_letters_carry_a_sealed_link_only_when_the_setting_is_on_and_the_site_has_https(): void
    {
        $link = 'return \Dormouse\Letters\Unsubscribe::link(get_userdata(1), 7);';
        self::assertMatchesRegularExpression('~\Ahttps://[^/]+/\?dormouse_unsubscribe=1\.[\w-]{43}\.[\w-]{43}\z~', self::$site->run(self::HTTPS . $link));
        self::assertSame('', self::$site->run($link));
        self::assertSame('', self::$site->run(self::HTTPS . $link, ['DORMOUSE_UNSUBSCRIBE' => false]));
    }

    public function test_site_may_lead_elsewhere_but_not_without_tls(): void
    {
        $link = 'add_filter("dormouse_unsubscribe_url", static function ($url, $user, $level) { return "%s://out.example.test/$user/$level"; }, 10, 3);
            return \Dormouse\Letters\Unsubscribe::link(get_userdata(1), 7);';
        self::assertSame('https://out.example.test/1/7', self::$site->run(sprintf($link, 'https')));
        self::assertSame('', self::$site->run(sprintf($link, 'http')));
    }

    public function test_worker_gets_the_link_with_a_letter_to_a_student_and_none_with_the_administrators(): void
    {
        $letters = self::$site->run(self::HTTPS . '$level = wp_insert_term("Course", "wpm-levels")["term_id"]; $letters = [];
            foreach (["1", "3", "admin"] as $stage) {
                $request = new WP_REST_Request("POST", "/dormouse/v1/render");
                $request->set_header("X-Dormouse-Key", "companion-key-of-the-tests");
                $request->set_body_params(["v" => 1, "user_id" => 1, "term_id" => $level, "stage" => $stage, "lapse" => "2026-11-01", "subject" => "s", "body" => "b"]);
                $letters[] = rest_do_request($request)->get_data();
            } return $letters;');
        $links = array_column($letters, 'unsubscribe');
        self::assertStringContainsString('?dormouse_unsubscribe=1.', $links[0]);
        self::assertSame([$links[0], ''], [$links[1], $links[2]]);
        self::assertSame("<p>b</p>\n<p><small><a href=\"{$links[0]}\">No more reminders from this site</a></small></p>\n", $letters[0]['html']);
        self::assertSame("<p>b</p>\n", $letters[2]['html']);
    }

    public function test_site_may_word_the_line_below_the_letter_or_leave_it_out(): void
    {
        $footer = 'add_filter("dormouse_unsubscribe_footer", static function ($html, $link) { return %s; }, 10, 2);
            return \Dormouse\Letters\Unsubscribe::footer("https://example.test/?a=1");';
        self::assertSame("<a href=https://example.test/?a=1>\n", self::$site->run(sprintf($footer, '"<a href=$link>"')));
        self::assertSame("\n", self::$site->run(sprintf($footer, '""')));
        self::assertSame('', self::$site->run('return \Dormouse\Letters\Unsubscribe::footer("");'));
    }

    public function test_opening_the_link_asks_and_changes_nothing(): void
    {
        foreach (['GET', 'HEAD', 'POST'] as $method) {
            $page = self::$server->send($method, $this->path(1), null, $method === 'HEAD' ? ['Connection: close'] : []);
            self::assertSame(200, $page['status']);
            self::assertStringContainsString('noindex', $page['headers']['x-robots-tag']);
            self::assertStringContainsString('no-cache', $page['headers']['cache-control']);
            self::assertSame('no-referrer', $page['headers']['referrer-policy']);
            self::assertArrayNotHasKey('set-cookie', $page['headers']);
            if ($method === 'GET') {
                self::assertMatchesRegularExpression('~<form method="post" action="[^"]+\?dormouse_unsubscribe=1\.[^"]+"><input type="hidden" name="List-Unsubscribe" value="One-Click">~', $page['text']);
                self::assertStringContainsString('<meta name="robots" content="noindex', $page['text']);
                self::assertStringNotContainsString('admin@example.test', $page['text']);
            }
        }
        self::assertSame([], $this->rows());
    }

    public static function bodies(): array
    {
        return ['a mail program' => [self::ONE_CLICK, []], 'multipart' => ["--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
            ['Content-Type: multipart/form-data; boundary=b']]];
    }

    /** @dataProvider bodies */
    public function test_one_click_without_cookies_suppresses_the_address_once(string $body, array $headers): void
    {
        $before = (int) (microtime(true) * 1000);
        $page = self::$server->send('POST', $this->path(1), $body, $headers);
        self::assertSame(200, $page['status']);
        self::assertStringContainsString('You are unsubscribed', $page['text']);
        self::assertArrayNotHasKey('set-cookie', $page['headers']);
        $row = $this->rows()[0];
        self::assertSame([hash('sha256', 'admin@example.test'), 'unsubscribed', 'user 1'], [$row['address_hash'], $row['reason'], $row['note']]);
        self::assertGreaterThanOrEqual($before, (int) $row['created_at']);
        self::assertSame(200, self::$server->send('POST', $this->path(1), $body, $headers)['status']);
        self::assertSame([$row], $this->rows());
    }

    public function test_the_button_of_the_page_does_it_too(): void
    {
        preg_match('~action="http://[^/]+(/\?dormouse_unsubscribe=[^"]+)"~', self::$server->send('GET', $this->path(1))['text'], $found);
        self::assertSame(200, self::$server->send('POST', html_entity_decode($found[1]), self::ONE_CLICK)['status']);
        self::assertCount(1, $this->rows());
    }

    public function test_old_letter_works_after_the_address_changed_and_after_the_user_is_gone(): void
    {
        $user = self::$site->run('return wp_insert_user(["user_login" => "mover", "user_email" => "Old@example.test", "user_pass" => "x"]);');
        $path = $this->path($user);
        self::$site->run("return wp_update_user(['ID' => $user, 'user_email' => 'new@example.test']);");
        self::$server->send('POST', $path, self::ONE_CLICK);
        self::assertEqualsCanonicalizing([hash('sha256', 'old@example.test'), hash('sha256', 'new@example.test')], array_column($this->rows(), 'address_hash'));
        self::$site->sql('DELETE FROM wp_dormouse_suppression');
        self::$site->run("require_once ABSPATH . 'wp-admin/includes/user.php'; return wp_delete_user($user);");
        self::assertSame(200, self::$server->send('POST', $path, self::ONE_CLICK)['status']);
        self::assertSame([hash('sha256', 'old@example.test')], array_column($this->rows(), 'address_hash'));
    }

    public function test_forged_link_is_refused(): void
    {
        $path = $this->path(1);
        [, $hash, $seal] = explode('.', substr($path, strlen('/?dormouse_unsubscribe=')));
        foreach (["2.$hash.$seal", '1.' . strrev($hash) . ".$seal", "1.$hash." . strrev($seal), "1.$hash.", '', '1', "1.$hash.$seal.x", '%00', str_repeat('a', 4000)] as $token) {
            $page = self::$server->send('POST', '/?dormouse_unsubscribe=' . $token, self::ONE_CLICK);
            self::assertSame(404, $page['status'], $token);
            self::assertStringContainsString('This link does not work', $page['text']);
            self::assertStringNotContainsString('<form', $page['text']);
        }
        self::assertSame(404, self::$server->send('POST', '/?dormouse_unsubscribe[]=' . $seal, self::ONE_CLICK)['status']);
        self::assertSame([], $this->rows());
    }

    public function test_without_the_workers_table_the_reader_is_asked_to_come_again(): void
    {
        WorkerTables::drop(self::$site);
        $page = self::$server->send('POST', $this->path(1), self::ONE_CLICK);
        self::assertSame([503, '3600'], [$page['status'], $page['headers']['retry-after']]);
        self::assertStringContainsString('Please try again later', $page['text']);
        self::assertStringContainsString('dormouse migrate', self::$site->log());
    }

    public function test_action_tells_once_and_its_failure_is_not_the_readers(): void
    {
        $plugin = self::$site->dir . '/wp-content/mu-plugins/listener.php';
        file_put_contents($plugin, '<?php add_action("dormouse_unsubscribed", static function (...$args) {
            file_put_contents(ABSPATH . "told", json_encode($args) . "\n", FILE_APPEND); throw new Exception("listener"); }, 10, 9);');
        try {
            $path = $this->path(1);
            self::assertSame([200, 200], [self::$server->send('POST', $path, self::ONE_CLICK)['status'], self::$server->send('POST', $path, self::ONE_CLICK)['status']]);
            self::assertSame('[1,"' . hash('sha256', 'admin@example.test') . "\"]\n", file_get_contents(self::$site->dir . '/told'));
        } finally {
            unlink($plugin);
        }
    }

    public function test_theme_may_show_a_page_of_its_own(): void
    {
        file_put_contents(self::$site->dir . '/own.php', '<?php echo "own ", esc_html($dormouse["state"]), " ", $dormouse["url"] === "" ? "-" : "url";');
        $plugin = self::$site->dir . '/wp-content/mu-plugins/template.php';
        file_put_contents($plugin, '<?php add_filter("dormouse_unsubscribe_template", static function () { return ABSPATH . "own.php"; });');
        try {
            $path = $this->path(1);
            self::assertSame(['own ask url', 'own done -'], [self::$server->send('GET', $path)['text'], self::$server->send('POST', $path, self::ONE_CLICK)['text']]);
        } finally {
            unlink($plugin);
        }
    }

    public function test_links_that_were_sent_work_when_the_setting_is_off_again(): void
    {
        $path = $this->path(1);
        $config = self::$site->dir . '/wp-config.php';
        $text = file_get_contents($config);
        file_put_contents($config, str_replace("'DORMOUSE_UNSUBSCRIBE', 1", "'DORMOUSE_UNSUBSCRIBE', 0", $text, $count));
        try {
            self::assertSame(1, $count);
            self::assertSame(200, self::$server->send('POST', $path, self::ONE_CLICK)['status']);
        } finally {
            file_put_contents($config, $text);
        }
        self::assertCount(1, $this->rows());
    }

    public function test_key_is_made_once_for_letters_that_are_first_together_and_is_not_autoloaded(): void
    {
        self::$site->sql("DELETE FROM wp_options WHERE option_name = 'dormouse_unsubscribe_key'");
        self::assertSame(404, self::$server->send('POST', '/?dormouse_unsubscribe=1.' . str_repeat('a', 43) . '.' . str_repeat('a', 43), self::ONE_CLICK)['status']);
        $links = self::$site->run(self::HTTPS . 'wp_load_alloptions(); $links = [\Dormouse\Letters\Unsubscribe::link(get_userdata(1), 7)];
            return array_merge($links, [\Dormouse\Letters\Unsubscribe::link(get_userdata(1), 7)]);');
        self::assertSame($links[0], $links[1]);
        $rows = self::$site->sql("SELECT option_value, autoload FROM wp_options WHERE option_name = 'dormouse_unsubscribe_key'");
        self::assertSame([1, 'no', 64], [count($rows), $rows[0]['autoload'], strlen($rows[0]['option_value'])]);
    }

    public function test_setting_that_cannot_work_is_a_problem_to_show(): void
    {
        $problems = static function (string $php, array $defines): string {
            return implode("\n", self::$site->run($php . 'return \Dormouse\Settings::problems();', $defines));
        };
        self::assertSame('', $problems(self::HTTPS, []));
        self::assertStringContainsString('https://', $problems('', []));
        self::assertStringContainsString('COMPANION_KEY', $problems(self::HTTPS, ['DORMOUSE_COMPANION_KEY' => '']));
        self::assertSame('', $problems('', ['DORMOUSE_UNSUBSCRIBE' => false, 'DORMOUSE_COMPANION_KEY' => '']));
    }

    /** Address of a user's link, below the site's. */
    private function path(int $user): string
    {
        return '/' . explode('/', self::$site->run(self::HTTPS . "return \Dormouse\Letters\Unsubscribe::link(get_userdata($user), 7);"), 4)[3];
    }

    /** @return array[] */
    private function rows(): array
    {
        return self::$site->sql('SELECT * FROM wp_dormouse_suppression ORDER BY address_hash');
    }
}
