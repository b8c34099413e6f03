<?php

use DormouseTest\Browser;
use DormouseTest\Process;
use DormouseTest\Site;
use DormouseTest\WebServer;
use DormouseTest\WorkerTables;
use PHPUnit\Framework\TestCase;

/** Tools → Dormouse: the letters' history, and the addresses that get none. */
final class LettersTabTest extends TestCase
{
    private const LETTERS = '/wp-admin/tools.php?page=dormouse&tab=letters';
    private const SUPPRESSED = '/wp-admin/tools.php?page=dormouse&tab=suppressed';

    private static $site;
    private static $server;
    private static $browser;
    private static $level;
    private static $anna;

    public static function setUpBeforeClass(): void
    {
        $port = Process::free_port();
        self::$site = new Site(["--url=http://127.0.0.1:$port", '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0']);
        self::$server = new WebServer(self::$site, [], $port);
        [self::$level, self::$anna] = self::$site->run('update_option("date_format", "Y-m-d"); update_option("time_format", "H:i");
            foreach (["anna", "annabel", "ben", "coach"] as $name) { wp_insert_user(["user_login" => $name, "user_pass" => $name, "role" => $name === "coach" ? "editor" : "customer",
                "display_name" => ucfirst($name), "user_email" => "$name@example.test"]); }
            return [wp_insert_term("Course & more", "wpm-levels")["term_id"], get_user_by("login", "anna")->ID];');
        self::$browser = self::log_in('admin');
    }

    public static function tearDownAfterClass(): void
    {
        self::$browser = self::$server = self::$site = null;
    }

    protected function setUp(): void
    {
        WorkerTables::drop(self::$site);
        WorkerTables::create(self::$site);
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_letter_is_shown_with_all_that_is_known_and_escaped(): void
    {
        $this->letter(['state' => 'skipped', 'reason' => '<script>renewed', 'subject' => 'Hi <b>you</b>', 'updated_at' => 1795000000000]);
        $page = self::$browser->get(self::LETTERS);
        foreach (['>Anna</a>', 'Course &amp; more', '2026-11-01', 'Letter 1', 'skipped', '<code>&lt;script&gt;renewed</code>', 'Hi &lt;b&gt;you&lt;/b&gt;',
            gmdate('Y-m-d H:i', 1795000000)] as $text) {
            self::assertStringContainsString($text, $page);
        }
        self::assertStringNotContainsString('<script>renewed', $page);
        self::assertStringContainsString('nav-tab-active" href="' . 'http', $page);
    }

    public function test_reason_is_told_in_words_where_there_are_some(): void
    {
        foreach (['renewed', 'unsubscribed', 'digest:2026-11-01', 'starttls_missing'] as $n => $reason) {
            $this->letter(['state' => 'skipped', 'reason' => $reason, 'lapse' => '2026-10-0' . ($n + 1)]);
        }
        $page = self::$browser->get(self::LETTERS);
        foreach (['<span title="renewed">has access again</span>', '<span title="unsubscribed">unsubscribed</span>',
            '<span title="digest:2026-11-01">it is in that day&#039;s digest</span>', '<code>starttls_missing</code>'] as $html) {
            self::assertStringContainsString($html, $page);
        }
    }

    public function test_letter_in_doubt_is_marked_and_says_what_to_run(): void
    {
        $past = $this->letter(['state' => 'in_doubt', 'message_id' => '<m-1@example.test>', 'lease_until' => 1000, 'sent_at' => 1795000000000]);
        $this->letter(['stage' => '2', 'state' => 'in_doubt', 'message_id' => '<m-2@example.test>', 'lease_until' => 1000 * (time() + 600)]);
        $page = self::$browser->get(self::LETTERS);
        self::assertStringContainsString('1 letter is in doubt', $page);
        self::assertSame(2, substr_count($page, '<tr class="in-doubt">'));
        self::assertStringContainsString('Look for &lt;m-1@example.test&gt; in the mail server', $page);
        foreach (['--sent', '--again', '--never'] as $way) {
            self::assertStringContainsString("<code>dormouse letters resolve $past $way</code>", $page);
        }
        // The other one's attempt is still waiting for the answer.
        self::assertStringContainsString('the mail server has not answered yet', $page);
        self::assertStringNotContainsString('m-2@example.test', $page);
    }

    public function test_twenty_on_a_page_newest_first(): void
    {
        for ($n = 1; $n <= 45; $n++) {
            $this->letter(['lapse' => gmdate('Y-m-d', 86400 * $n), 'state' => 'sent', 'subject' => "subject-$n-"]);
        }
        $seen = [];
        foreach ([1 => 20, 2 => 20, 3 => 5] as $page => $rows) {
            $html = self::$browser->get(self::LETTERS . "&paged=$page");
            self::assertStringContainsString('45 letters', $html);
            preg_match_all('/subject-(\d+)-/', $html, $found);
            self::assertCount($rows, $found[1]);
            $seen = array_merge($seen, $found[1]);
        }
        self::assertSame(range(45, 1), array_map('intval', $seen));
        self::assertStringContainsString('paged=2', self::$browser->get(self::LETTERS . '&state=sent'));
    }

    public function test_filters_by_state_level_and_person(): void
    {
        [$anna, $annabel, $ben] = self::$site->run('return array_map(static function ($name) { return get_user_by("login", $name)->ID; }, ["anna", "annabel", "ben"]);');
        $this->letter(['user_id' => $anna, 'state' => 'sent', 'subject' => 'of-anna']);
        $this->letter(['user_id' => $annabel, 'state' => 'failed', 'subject' => 'of-annabel']);
        $this->letter(['user_id' => $ben, 'state' => 'sent', 'subject' => 'of-ben', 'term_id' => 999]);
        $found = static function (string $query): array {
            preg_match_all('/of-(\w+)/', self::$browser->get(self::LETTERS . $query), $names);
            sort($names[1]);
            return $names[1];
        };
        self::assertSame(['anna', 'annabel', 'ben'], $found(''));
        self::assertSame(['anna', 'ben'], $found('&state=sent'));
        self::assertSame(['ben'], $found('&level=999'));
        self::assertSame(['anna', 'annabel'], $found('&level=' . self::$level));
        self::assertSame(['anna', 'annabel'], $found('&who=anna'));
        self::assertSame(['anna'], $found('&who=anna%40'));
        self::assertSame(['annabel'], $found('&who=Annabel%40EXAMPLE.test'));
        self::assertSame(['ben'], $found("&who=$ben"));
        self::assertSame(['annabel'], $found('&who=anna&state=failed'));
        self::assertSame([], $found('&who=nobody'));
        self::assertSame([], $found('&who=%25'));
        self::assertSame([], $found('&who=%27%20OR%201%3D1%20--'));
        self::assertSame(['anna', 'annabel', 'ben'], $found('&state=%3Cscript%3E'));
        self::assertStringContainsString('level 999 (deleted)', self::$browser->get(self::LETTERS));
        self::assertStringContainsString('value="&quot;&gt;x"', self::$browser->get(self::LETTERS . '&who=%22%3Ex'));
    }

    public function test_digest_of_a_day_and_a_person_who_is_gone_have_names(): void
    {
        $this->letter(['user_id' => 0, 'stage' => 'admin', 'state' => 'planned', 'due_at' => 1795000000000]);
        $this->letter(['user_id' => 987654, 'state' => 'sent']);
        $page = self::$browser->get(self::LETTERS);
        self::assertStringContainsString('all of the day', $page);
        self::assertStringContainsString('due ' . gmdate('Y-m-d H:i', 1795000000), $page);
        self::assertStringContainsString('user 987654 (deleted)', $page);
    }

    public function test_suppressed_addresses_are_listed_and_taken_out_again(): void
    {
        $this->suppress('Anna@example.test ', 'unsubscribed', 'user 2');
        $this->suppress('gone@example.test', 'bounced', '<i>bounce</i>');
        $this->suppress('odd@example.test', '<u>odd', '');
        $page = self::$browser->get(self::SUPPRESSED);
        self::assertStringContainsString('anna@example.test', $page);
        self::assertStringContainsString(substr(hash('sha256', 'gone@example.test'), 0, 12) . '…', $page);
        self::assertStringContainsString('there is no such mailbox</td>', $page);
        self::assertStringContainsString('&lt;u&gt;odd</td>', $page);
        self::assertStringContainsString('&lt;i&gt;bounce', $page);
        self::assertStringNotContainsString('gone@example.test', $page);
        $hash = hash('sha256', 'anna@example.test');
        self::assertSame(1, preg_match('/value="' . $hash . '">.*?name="_wpnonce" value="(\w+)"/s', $page, $nonce));
        $sent = ['action' => 'dormouse_allow_letters', 'address_hash' => $hash, '_wpnonce' => $nonce[1]];
        $page = self::$browser->post('/wp-admin/admin-post.php', $sent);
        self::assertStringContainsString('This address may get letters again.', $page);
        self::assertStringNotContainsString($hash, $page);
        self::assertNotContains($hash, array_column(self::$site->sql('SELECT address_hash FROM wp_dormouse_suppression'), 'address_hash'));
        self::assertCount(2, self::$site->sql('SELECT 1 FROM wp_dormouse_suppression'));
        self::assertStringContainsString('was not in the list', self::$browser->post('/wp-admin/admin-post.php', $sent));
    }

    public function test_removing_needs_a_nonce_and_the_capability(): void
    {
        $this->suppress('anna@example.test', 'unsubscribed', '');
        $sent = ['action' => 'dormouse_allow_letters', 'address_hash' => hash('sha256', 'anna@example.test')];
        self::$browser->post('/wp-admin/admin-post.php', $sent);
        self::assertSame(403, self::$browser->status);
        $coach = self::log_in('coach');
        $nonce = self::$site->run('wp_set_current_user(get_user_by("login", "coach")->ID); return wp_create_nonce("dormouse_allow_letters");');
        $coach->post('/wp-admin/admin-post.php', $sent + ['_wpnonce' => $nonce]);
        self::assertSame(403, $coach->status);
        $coach->get(self::LETTERS);
        self::assertSame(403, $coach->status);
        self::assertCount(1, self::$site->sql('SELECT 1 FROM wp_dormouse_suppression'));
    }

    public function test_without_the_workers_tables_the_tabs_say_what_to_run(): void
    {
        self::assertStringContainsString('There are none.', self::$browser->get(self::SUPPRESSED));
        self::assertStringContainsString('0 letters', self::$browser->get(self::LETTERS));
        WorkerTables::drop(self::$site);
        self::assertStringContainsString('dormouse migrate', self::$browser->get(self::LETTERS));
        self::assertStringContainsString('dormouse migrate', self::$browser->get(self::SUPPRESSED));
        self::assertStringContainsString('Test connection', self::$browser->get('/wp-admin/tools.php?page=dormouse&tab=unknown'));
    }

    public function test_site_health_looks_at_the_nights_and_at_doubts_once_a_level_is_watched(): void
    {
        $tests = 'return array_keys(apply_filters("site_status_tests", ["direct" => []])["direct"]);';
        self::assertNotContains('dormouse_reminders', self::$site->run($tests));
        self::$site->run('return update_term_meta(' . self::$level . ', "mlm_enabled", "1");');
        self::assertContains('dormouse_reminders', self::$site->run($tests));
        $health = static function (): array {
            return self::$site->run('return \Dormouse\Letters\Health::judge(1795000000);');
        };
        self::assertSame('critical', $health()['status']);
        self::assertStringContainsString('none yet', $health()['description']);
        WorkerTables::insert(self::$site, 'scan', ['state' => 'done', 'as_of' => '2026-11-17', 'ended_at' => 1000 * (1795000000 - 2 * 86400 - 1)]);
        self::assertSame('critical', $health()['status']);
        WorkerTables::insert(self::$site, 'scan', ['state' => 'done', 'as_of' => '2026-11-18', 'ended_at' => 1000 * (1795000000 - 2 * 86400)]);
        self::assertSame('good', $health()['status']);
        $this->letter(['state' => 'in_doubt', 'lease_until' => 1]);
        self::assertSame(['recommended', '1 letter is in doubt: somebody has to decide.'], [$health()['status'], $health()['label']]);
        self::assertStringContainsString('tab=letters', $health()['actions']);
        WorkerTables::drop(self::$site);
        self::assertSame('recommended', $health()['status']);
        self::assertStringContainsString('dormouse migrate', $health()['description']);
        self::$site->run('return delete_term_meta(' . self::$level . ', "mlm_enabled");');
    }

    /** @return int its number */
    private function letter(array $values): int
    {
        $values += ['user_id' => self::$anna, 'term_id' => self::$level, 'lapse' => '2026-11-01', 'stage' => '1'];
        WorkerTables::insert(self::$site, 'reminder', $values);
        return (int) self::$site->sql('SELECT MAX(id) AS id FROM wp_dormouse_reminder')[0]['id'];
    }

    private function suppress(string $address, string $reason, string $note): void
    {
        $hash = self::$site->run('return \Dormouse\Letters\Suppression::hash(' . var_export($address, true) . ');');
        WorkerTables::insert(self::$site, 'suppression', ['address_hash' => $hash, 'reason' => $reason, 'note' => $note, 'created_at' => 1795000000000]);
    }

    private static function log_in(string $name): Browser
    {
        $browser = new Browser('http://127.0.0.1:' . self::$server->port);
        $browser->log_in($name, $name);
        return $browser;
    }
}
