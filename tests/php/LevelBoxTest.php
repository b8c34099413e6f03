<?php

use DormouseTest\Browser;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use DormouseTest\WebServer;
use PHPUnit\Framework\TestCase;

/** The box on a level's screen over HTTP: letters in, letters out, and the test letter. */
final class LevelBoxTest extends TestCase
{
    private static $site;
    private static $redis;
    private static $server;
    /** @var array<string,Browser> who has logged in */
    private static $browsers = [];
    private $level;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        $port = DormouseTest\Process::free_port();
        self::$site = new Site(["--url=http://127.0.0.1:$port", '--define=DORMOUSE_REDIS_PATH=' . self::$redis->socket, '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0']);
        self::$server = new WebServer(self::$site, [], $port);
        self::$site->run('foreach (["coach" => "editor", "reader" => "subscriber"] as $name => $role) {
            wp_insert_user(["user_login" => $name, "user_pass" => $name, "role" => $role, "user_email" => "$name@example.test"]); } return 1;');
        // Gives anybody valid nonces of his own: so the capability has to stand alone.
        file_put_contents(self::$site->dir . '/wp-content/mu-plugins/nonce.php', '<?php add_action("wp_footer", static function () {
            if (isset($_GET["nonces"])) { echo "nonces=", wp_create_nonce("dormouse_level"), ",", wp_create_nonce("dormouse_test_letter"), "."; } });');
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        $this->level = self::$site->run('return wp_insert_term("Course " . wp_rand(), "wpm-levels")["term_id"];');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_letters_are_stored_under_the_monitors_names_and_shown_again(): void
    {
        $fields = ['mlm_enabled' => '1', 'mlm_email_1_days' => '3', 'mlm_email_1_subject' => 'Ждём "вас", 50%20 & <b>[user_name]</b>',
            'mlm_email_1_body' => "<p>It's <b>C:\\new</b></p>", 'mlm_email_2_days' => '', 'mlm_email_3_days' => '14',
            'mlm_admin_days_after_last' => '5', 'mlm_admin_email' => 'boss@example.test', 'mlm_admin_subject' => 'S', 'mlm_admin_body' => 'B'];
        $page = $this->save($fields);
        self::assertSame(['mlm_admin_body' => 'B', 'mlm_admin_days_after_last' => '5', 'mlm_admin_email' => 'boss@example.test', 'mlm_admin_subject' => 'S',
            'mlm_email_1_body' => "<p>It's <b>C:\\new</b></p>", 'mlm_email_1_days' => '3', 'mlm_email_1_subject' => 'Ждём "вас", 50%20 & [user_name]',
            'mlm_email_2_days' => '0', 'mlm_email_3_days' => '14', 'mlm_enabled' => '1'], $this->meta());
        self::assertStringContainsString('name="mlm_email_1_subject" value="Ждём &quot;вас&quot;, 50%20 &amp; [user_name]"', $page);
        self::assertSame(1, preg_match('~id="mlm_email_1_body">(.*?)</textarea>~s', $page, $body));
        self::assertSame("<p>It's <b>C:\\new</b></p>", html_entity_decode($body[1], ENT_QUOTES));
        self::assertMatchesRegularExpression('/name="mlm_enabled" value="1" checked/', $page);
        self::assertMatchesRegularExpression('/name="mlm_email_2_days" value=""/', $page);
        $this->save([]);
        self::assertSame(['0', '3'], [$this->meta()['mlm_enabled'], $this->meta()['mlm_email_1_days']]);
    }

    public function test_every_shortcode_is_listed_and_every_editor_is_there(): void
    {
        $page = $this->screen($this->admin());
        foreach (['user_email', 'user_login', 'user_name', 'course_name', 'expired_date', 'is_bundle_course', 'bundle_name'] as $name) {
            self::assertStringContainsString("<code>[$name]</code>", $page);
        }
        self::assertSame(4, preg_match_all('/<textarea class="wp-editor-area"[^>]+name="mlm_(?:email_[123]|admin)_body"/', $page));
    }

    public function test_what_is_wrong_is_named_and_stays_as_it_was(): void
    {
        $this->save(['mlm_email_1_days' => '7', 'mlm_admin_email' => 'boss@example.test']);
        $page = $this->save(['mlm_email_1_days' => '-1', 'mlm_email_2_days' => '3651', 'mlm_email_3_days' => '1.5', 'mlm_admin_days_after_last' => '2',
            'mlm_admin_email' => 'boss@<script>x', 'mlm_email_1_subject' => 'new']);
        foreach (['Letter 1: days must be', 'Letter 2: days must be', 'Letter 3: days must be', 'Letter to the administrator: this is not an e-mail'] as $error) {
            self::assertStringContainsString($error, $page);
        }
        self::assertStringNotContainsString('<script>x', $page);
        $meta = $this->meta();
        self::assertSame(['7', '', 'boss@example.test', 'new', '2'], [$meta['mlm_email_1_days'], $meta['mlm_email_2_days'] ?? '', $meta['mlm_admin_email'],
            $meta['mlm_email_1_subject'], $meta['mlm_admin_days_after_last']]);
        self::assertStringNotContainsString('days must be', $this->screen($this->admin()));
    }

    public function test_editor_that_was_emptied_leaves_an_empty_body(): void
    {
        $this->save(['mlm_email_1_body' => "<p>&nbsp;</p>\n<p><br></p>", 'mlm_email_2_body' => '<p><img src="a.png"></p>']);
        self::assertSame(['', '<p><img src="a.png"></p>'], [$this->meta()['mlm_email_1_body'], $this->meta()['mlm_email_2_body']]);
    }

    public function test_letter_says_why_it_is_off_and_when_its_day_makes_no_sense(): void
    {
        $hints = static function (array $values): array {
            return self::$site->run('$values = ' . var_export($values, true) . ' + \Dormouse\Letters\Level::load(0);
                return [\Dormouse\Admin\LevelHints::of_level($values), array_map(static function ($stage) use ($values) {
                    return implode(\Dormouse\Admin\LevelHints::of_letter($values, $stage)); }, ["1", "2", "3", "admin"])];');
        };
        $texts = ['mlm_email_1_subject' => 's', 'mlm_email_1_body' => 'b', 'mlm_email_2_subject' => 's', 'mlm_email_2_body' => 'b'];
        [$level, $letters] = $hints(['mlm_enabled' => '1', 'mlm_email_1_subject' => 's', 'mlm_email_2_body' => 'b']);
        self::assertStringContainsString('nobody gets mail', implode($level));
        self::assertSame(['This letter is off: it has no body.', 'This letter is off: it has no subject.', 'This letter is off: it has neither subject nor body.'], array_slice($letters, 0, 3));
        [$level, $letters] = $hints(['mlm_email_1_days' => '0', 'mlm_email_2_days' => '3', 'mlm_admin_subject' => 's', 'mlm_admin_body' => 'b'] + $texts);
        self::assertStringContainsString('not watched', implode($level));
        self::assertSame(['It goes on the day on which the access ends.', '', ''], [$letters[0], $letters[1], $letters[3]]);
        [$level, $letters] = $hints(['mlm_enabled' => '1', 'mlm_email_1_days' => '7', 'mlm_email_2_days' => '7'] + $texts);
        self::assertSame([], $level);
        self::assertStringStartsWith('It goes on day 8:', $letters[1]);
        $third = ['mlm_email_3_subject' => 's', 'mlm_email_3_body' => 'b', 'mlm_email_3_days' => '1'];
        self::assertStringStartsWith('It goes on day 9:', $hints(['mlm_email_1_days' => '7', 'mlm_email_2_days' => '3'] + $third + $texts)[1][2]);
        self::assertStringStartsWith('It goes on day 8:', $hints(['mlm_email_1_days' => '7', 'mlm_email_2_body' => ''] + $third + $texts)[1][2]);
        self::assertStringContainsString('count from the end of the access', $hints(['mlm_admin_subject' => 's', 'mlm_admin_body' => 'b'])[1][3]);
        self::assertStringContainsString('This letter is off: it has neither subject nor body.', $this->screen($this->admin()));
    }

    public function test_new_level_is_made_with_the_switch_and_writes_its_letters_later(): void
    {
        $browser = $this->admin();
        $page = $browser->get('/wp-admin/edit-tags.php?taxonomy=wpm-levels&post_type=wpm-page');
        self::assertStringContainsString('name="mlm_enabled"', $page);
        self::assertStringNotContainsString('mlm_email_1_subject', $page);
        preg_match('/name="dormouse_level_nonce" value="(\w+)"/', $page, $own);
        preg_match('/name="_wpnonce_add-tag" value="(\w+)"/', $page, $add);
        $browser->post('/wp-admin/admin-ajax.php', ['action' => 'add-tag', 'taxonomy' => 'wpm-levels', 'post_type' => 'wpm-page', 'screen' => 'edit-wpm-levels',
            'tag-name' => 'Fresh', '_wpnonce_add-tag' => $add[1], 'dormouse_level_nonce' => $own[1], 'mlm_enabled' => '1']);
        self::assertSame(['mlm_enabled' => '1'], $this->meta(self::$site->run('return get_term_by("name", "Fresh", "wpm-levels")->term_id;')));
    }

    public function test_without_nonce_or_capability_nothing_is_shown_or_stored(): void
    {
        $this->save(['mlm_email_1_subject' => 'x'], null);
        self::assertSame([], $this->meta());
        $this->save(['mlm_email_1_subject' => 'x'], 'abcdef0123');
        self::assertSame([], $this->meta());
        // An editor may edit levels, but not what is mailed to everybody.
        $coach = $this->user('coach');
        self::assertStringNotContainsString('mlm_email_1_subject', $this->screen($coach));
        self::assertSame(200, $coach->status);
        $this->save(['mlm_email_1_subject' => 'x'], $this->nonces($coach)[0], $coach);
        self::assertSame([], $this->meta());
    }

    public function test_level_saved_in_other_ways_keeps_its_letters(): void
    {
        $this->save(['mlm_enabled' => '1', 'mlm_email_1_subject' => 'x']);
        self::$site->run("return wp_update_term({$this->level}, 'wpm-levels', ['name' => 'Other ' . wp_rand()])['term_id'];");
        self::assertSame(['1', 'x'], [$this->meta()['mlm_enabled'], $this->meta()['mlm_email_1_subject']]);
    }

    public function test_box_steps_aside_for_the_monitor_and_says_so(): void
    {
        $plugin = self::$site->dir . '/wp-content/mu-plugins/monitor.php';
        file_put_contents($plugin, '<?php add_action("wp_ajax_mlm_get_sleepers", static function () { wp_send_json(["of" => "the monitor"]); });');
        try {
            $browser = $this->admin();
            $page = $this->screen($browser);
            self::assertStringContainsString('ML Learning Monitor is active and keeps these settings', $page);
            self::assertStringNotContainsString('mlm_email_1_subject', $page);
            self::assertStringNotContainsString('data-sleepers', $page);
            $this->save(['mlm_email_1_subject' => 'x'], $this->nonces($browser)[0]);
            self::assertSame([], $this->meta());
            self::assertSame('{"of":"the monitor"}', $browser->post('/wp-admin/admin-ajax.php', ['action' => 'mlm_get_sleepers', 'term_id' => $this->level]));
        } finally {
            unlink($plugin);
        }
    }

    public function test_test_letter_becomes_a_job_to_oneself_that_is_tried_once(): void
    {
        $browser = $this->admin();
        $this->save(['mlm_email_2_subject' => 's', 'mlm_email_2_body' => 'b', 'mlm_admin_subject' => 's', 'mlm_admin_body' => 'b']);
        $page = $this->screen($browser);
        self::assertMatchesRegularExpression("/data-test-letter=\"1\" data-level=\"{$this->level}\" disabled/", $page);
        self::assertMatchesRegularExpression("/data-test-letter=\"2\" data-level=\"{$this->level}\">/", $page);
        foreach (['2', 'admin'] as $stage) {
            $answer = json_decode($browser->post('/wp-admin/admin-ajax.php', $this->test_of($browser, $stage)), true);
            self::assertTrue($answer['success']);
            $job = self::$redis->jobs();
            $job = end($job);
            self::assertSame([$answer['data']['job'], 'reminder-email', 1], [$job->id, $job->kind, $job->max_attempts]);
            self::assertEquals((object) ['test' => (object) ['user_id' => 1, 'term_id' => $this->level, 'stage' => $stage]], $job->args);
            self::assertStringContainsString("admin@example.test as job {$job->id}", $answer['data']['message']);
            self::assertStringContainsString("dormouse jobs show {$job->id}", $answer['data']['message']);
            self::assertStringEndsWith('/wp-admin/tools.php?page=dormouse', $answer['data']['status']['url']);
        }
    }

    public function test_test_letter_needs_a_letter_a_nonce_and_the_capability(): void
    {
        $browser = $this->admin();
        $ask = function (Browser $browser, array $change) {
            $browser->post('/wp-admin/admin-ajax.php', $change + $this->test_of($browser, '1'));
            return $browser->status;
        };
        self::assertSame([409, 404, 404, 403], [$ask($browser, []), $ask($browser, ['stage' => '4']), $ask($browser, ['term_id' => 999999]), $ask($browser, ['nonce' => 'x'])]);
        $this->save(['mlm_email_1_subject' => 's', 'mlm_email_1_body' => 'b']);
        self::assertSame([403, 403], [$ask($this->user('coach'), []), $ask($this->user('reader'), [])]);
        self::assertSame([], self::$redis->jobs());
        self::assertSame(200, $ask($browser, []));
    }

    public function test_test_letter_waits_in_the_outbox_while_redis_is_away(): void
    {
        $this->save(['mlm_email_1_subject' => 's', 'mlm_email_1_body' => 'b']);
        $browser = $this->admin();
        $question = $this->test_of($browser, '1');
        self::$redis->stop();
        try {
            self::assertTrue(json_decode($browser->post('/wp-admin/admin-ajax.php', $question))->success);
            self::assertCount(1, self::$site->outbox());
        } finally {
            self::$redis->start();
            self::$site->sql('DELETE FROM wp_dormouse_outbox');
            self::$site->sql("DELETE FROM wp_options WHERE option_name = 'dormouse_redis_down_until'");
        }
    }

    private function test_of(Browser $browser, string $stage): array
    {
        return ['action' => 'dormouse_test_letter', 'nonce' => $this->nonces($browser)[1], 'term_id' => $this->level, 'stage' => $stage];
    }

    /** As the form sends it. @param string|null|false $nonce false = the form's own */
    private function save(array $fields, $nonce = false, ?Browser $browser = null): string
    {
        $browser = $browser ?? $this->admin();
        $page = $this->screen($browser);
        $sent = ['action' => 'editedtag', 'tag_ID' => $this->level, 'taxonomy' => 'wpm-levels', 'name' => 'Course', 'slug' => 'course-' . $this->level];
        self::assertSame(1, preg_match('/name="_wpnonce" value="(\w+)"/', $page, $found));
        $sent['_wpnonce'] = $found[1];
        if ($nonce === false) {
            self::assertSame(1, preg_match('/name="dormouse_level_nonce" value="(\w+)"/', $page, $found));
            $nonce = $found[1];
        }
        $browser->post('/wp-admin/edit-tags.php', $fields + $sent + array_filter(['dormouse_level_nonce' => $nonce]));
        return $this->screen($browser);
    }

    private function screen(Browser $browser): string
    {
        return $browser->get("/wp-admin/term.php?taxonomy=wpm-levels&post_type=wpm-page&tag_ID={$this->level}");
    }

    /** @return array<string,string> what the level's meta holds of ours, by name */
    private function meta(?int $level = null): array
    {
        $rows = self::$site->sql("SELECT meta_key, meta_value FROM wp_termmeta WHERE meta_key LIKE 'mlm%' AND term_id = " . ($level ?? $this->level) . ' ORDER BY meta_key');
        return array_column($rows, 'meta_value', 'meta_key');
    }

    /** @return string[] */
    private function nonces(Browser $browser): array
    {
        self::assertSame(1, preg_match('/nonces=([0-9a-f,]+)\./', $browser->get('/?nonces=1'), $found));
        return explode(',', $found[1]);
    }

    private function admin(): Browser
    {
        return $this->user('admin');
    }

    private function user(string $name): Browser
    {
        if (!isset(self::$browsers[$name])) {
            self::$browsers[$name] = new Browser('http://127.0.0.1:' . self::$server->port);
            self::$browsers[$name]->log_in($name, $name);
        }
        return self::$browsers[$name];
    }
}
