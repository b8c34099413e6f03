<?php

use DormouseTest\Browser;
use DormouseTest\Process;
use DormouseTest\Site;
use DormouseTest\WebServer;
use DormouseTest\WorkerTables;
use PHPUnit\Framework\TestCase;

/** The action `mlm_get_sleepers`: the list that the night's scan left. */
final class SleepersTest extends TestCase
{
    private static $site;
    private static $server;
    /** @var array<string,Browser> who has logged in */
    private static $browsers = [];
    private $level;

    public static function setUpBeforeClass(): void
    {
        $port = Process::free_port();
        self::$site = new Site(["--url=http://127.0.0.1:$port", '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0']);
        self::$server = new WebServer(self::$site, [], $port);
        self::$site->run('update_option("timezone_string", "Europe/Moscow"); update_option("date_format", "Y-m-d"); update_option("time_format", "H:i");
            return wp_insert_user(["user_login" => "coach", "user_pass" => "coach", "role" => "editor", "user_email" => "coach@example.test"]);');
        file_put_contents(self::$site->dir . '/wp-content/mu-plugins/nonce.php', '<?php add_action("wp_footer", static function () {
            if (isset($_GET["nonce"])) { echo "nonce=", wp_create_nonce("mlm_ajax_nonce"), "."; } });');
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = null;
    }

    protected function setUp(): void
    {
        WorkerTables::drop(self::$site);
        WorkerTables::create(self::$site);
        $this->level = self::$site->run('$level = wp_insert_term("Course & " . wp_rand(), "wpm-levels")["term_id"];
            update_term_meta($level, "mlm_enabled", "1"); return $level;');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_newest_scan_that_ended_is_shown_and_no_other(): void
    {
        $this->scan(1, 'done', '2026-11-18');
        $this->scan(2, 'done', '2026-11-19');
        $this->scan(3, 'failed', '2026-11-20');
        $this->scan(4, 'running', '2026-11-21');
        foreach ([1 => 'old', 2 => 'right', 3 => 'broken', 4 => 'half'] as $run => $name) {
            $this->sleeper($run, $this->student($name), '2026-11-01', 18);
        }
        $found = $this->ask();
        self::assertSame([1, 1], [$found['total'], $found['page']]);
        self::assertStringContainsString('1 sleeper as of 2026-11-19 (scan of 2026-11-20 03:30).', $found['html']);
        self::assertStringContainsString('>right<', $found['html']);
        self::assertStringContainsString("<code>dormouse explain --user … --level {$this->level}</code>", $found['html']);
        self::assertDoesNotMatchRegularExpression('/>(old|broken|half)</', $found['html']);
    }

    public function test_row_says_who_when_and_which_letters_of_this_cycle_went(): void
    {
        $this->scan(1, 'done', '2026-11-19');
        $anna = $this->student('Anna', 'Anna <b>"A"</b>');
        $this->sleeper(1, $anna, '2026-11-01', 18);
        foreach ([['1', 'sent', '2026-11-01', 5], ['2', 'sent', '2026-11-01', 9], ['3', 'in_doubt', '2026-11-01', 12], ['admin', 'sent', '2026-11-01', 13],
            ['1', 'sent', '2026-05-01', 14]] as [$stage, $state, $lapse, $day]) {
            WorkerTables::insert(self::$site, 'reminder', ['user_id' => $anna, 'term_id' => $this->level, 'lapse' => $lapse, 'stage' => $stage, 'state' => $state,
                'sent_at' => 1000 * gmmktime(21, 30, 0, 11, $day, 2026)]);
        }
        WorkerTables::insert(self::$site, 'reminder', ['user_id' => $anna, 'term_id' => $this->level + 1000, 'lapse' => '2026-11-01', 'stage' => '1', 'state' => 'sent', 'sent_at' => 1]);
        preg_match('~<tbody><tr>(.*)</tr></tbody>~', $this->ask()['html'], $row);
        $cells = explode('</td><td>', preg_replace('~\A<td>|</td>\z~', '', $row[1]));
        self::assertStringContainsString("user-edit.php?user_id=$anna", $cells[0]);
        self::assertStringNotContainsString('<b>', $cells[0]);
        self::assertMatchesRegularExpression('/\AAnna\d*@example\.test\z/', $cells[1]);
        self::assertStringContainsString('Course &amp; ', $cells[2]);
        // 21:30 in UTC on the 9th is past midnight in Moscow; the lapse is a day and moves nowhere.
        self::assertSame(['2026-11-01', '18', '2', '2026-11-10 00:30'], array_slice($cells, 3));
    }

    public function test_twenty_on_a_page_newest_lapse_first_nobody_twice_and_nobody_missing(): void
    {
        $this->scan(1, 'done', '2026-11-19');
        $users = self::$site->run('$ids = []; for ($n = 0; $n < 45; $n++) { $ids[] = wp_insert_user(["user_login" => "s" . wp_rand() . "-$n", "user_pass" => "x",
            "display_name" => "student-$n-", "user_email" => "s" . wp_rand() . "-$n@example.test"]); } return $ids;');
        foreach ($users as $n => $user) {
            $this->sleeper(1, $user, gmdate('Y-m-d', gmmktime(0, 0, 0, 11, 19 - $n % 30, 2026)), $n % 30);
        }
        $seen = [];
        foreach ([1 => 20, 2 => 20, 3 => 5] as $page => $rows) {
            $found = $this->ask(['page' => $page]);
            self::assertSame([45, $page], [$found['total'], $found['page']]);
            preg_match_all('/>(student-\d+-)</', $found['html'], $names);
            self::assertCount($rows, $names[1]);
            $seen = array_merge($seen, $names[1]);
            self::assertStringContainsString("Page $page of 3", $found['html']);
        }
        self::assertCount(45, array_unique($seen));
        self::assertSame(['student-0-', 'student-30-', 'student-1-', 'student-31-'], array_slice($seen, 0, 4));
        self::assertSame(3, $this->ask(['page' => 99])['page']);
        self::assertStringContainsString('data-page="0" disabled', $this->ask()['html']);
    }

    public function test_days_bound_the_lapse_and_absent_ones_mean_today_on_the_sites_clock(): void
    {
        $this->scan(1, 'done', '2026-11-19');
        foreach (['2026-10-31', '2026-11-01', '2026-11-15', '2026-11-16'] as $lapse) {
            $this->sleeper(1, $this->student('d'), $lapse, 1);
        }
        $this->sleeper(1, $this->student('t'), (new DateTimeImmutable('now', new DateTimeZone('Europe/Moscow')))->format('Y-m-d'), 0);
        self::assertSame(2, $this->ask(['date_from' => '2026-11-01', 'date_to' => '2026-11-15'])['total']);
        self::assertSame(1, $this->ask(['date_to' => '2026-10-31'])['total']);
        self::assertSame(4, $this->ask(['date_from' => '2026-11-01'])['total']);
        self::assertSame(5, $this->ask()['total']);
        self::assertSame(1, $this->ask(['date_from' => null, 'date_to' => null])['total']);
        self::assertSame(400, $this->post(['date_from' => "2026-11-01' OR 1=1"])[0]);
    }

    public function test_who_is_gone_since_is_named_as_such(): void
    {
        $this->scan(1, 'done', '2026-11-19');
        $this->sleeper(1, 987654, '2026-11-01', 18);
        self::assertStringContainsString('user 987654 (deleted)', $this->ask()['html']);
    }

    public function test_what_is_missing_is_said(): void
    {
        self::assertStringContainsString('No scan has ended yet', $this->ask()['html']);
        WorkerTables::drop(self::$site);
        $found = $this->ask();
        self::assertSame([0, 1], [$found['total'], $found['page']]);
        self::assertStringContainsString('dormouse migrate', $found['html']);
        WorkerTables::create(self::$site);
        $this->scan(1, 'done', '2026-11-19');
        self::$site->run("return update_term_meta({$this->level}, 'mlm_enabled', '0');");
        self::assertStringContainsString('0 sleepers as of 2026-11-19', $this->ask()['html']);
        self::assertStringContainsString('This level is not watched', $this->ask()['html']);
        // An older worker may not have the ledger yet.
        $this->sleeper(1, $this->student('x'), '2026-11-01', 18);
        self::$site->sql('DROP TABLE wp_dormouse_reminder');
        self::assertStringContainsString('<td>0</td><td>–</td>', $this->ask()['html']);
    }

    public function test_nonce_capability_and_level_are_asked_for(): void
    {
        $this->scan(1, 'done', '2026-11-19');
        self::assertSame([200, 403, 404, 404], [$this->post([])[0], $this->post(['nonce' => 'abcdef0123'])[0], $this->post(['term_id' => 999999])[0], $this->post(['term_id' => 0])[0]]);
        [$status, $answer] = $this->post([], 'coach');
        self::assertSame(403, $status);
        self::assertArrayNotHasKey('html', $answer['data']);
        $stranger = new Browser('http://127.0.0.1:' . self::$server->port);
        self::assertSame('0', $stranger->post('/wp-admin/admin-ajax.php', ['action' => 'mlm_get_sleepers', 'term_id' => $this->level]));
    }

    public function test_other_prefix_is_the_sites(): void
    {
        self::assertSame('wp_7_dormouse_scan', self::$site->run('global $wpdb; $wpdb->prefix = "wp_7_"; return \Dormouse\Database::table("scan");'));
    }

    private function scan(int $id, string $state, string $as_of): void
    {
        WorkerTables::insert(self::$site, 'scan', ['id' => $id, 'state' => $state, 'as_of' => $as_of, 'ended_at' => 1000 * (strtotime("$as_of 00:30 UTC") + 86400)]);
    }

    private function sleeper(int $run, int $user, string $lapse, int $days): void
    {
        WorkerTables::insert(self::$site, 'sleeper', ['run_id' => $run, 'user_id' => $user, 'term_id' => $this->level, 'lapse' => $lapse, 'days' => $days]);
    }

    private function student(string $login, ?string $name = null): int
    {
        return self::$site->run('$login = ' . var_export($login, true) . ' . wp_rand(); $id = wp_insert_user(["user_login" => $login, "user_pass" => "x", "user_email" => "$login@example.test",
            "display_name" => ' . var_export($login, true) . ']); global $wpdb;
            $name = ' . var_export($name, true) . '; $name === null || $wpdb->update($wpdb->users, ["display_name" => $name], ["ID" => $id]); return $id;');
    }

    private function ask(array $change = []): array
    {
        [$status, $answer] = $this->post($change);
        self::assertSame(200, $status, json_encode($answer));
        self::assertTrue($answer['success']);
        self::assertSame(['html', 'total', 'page'], array_keys($answer['data']));
        return $answer['data'];
    }

    /** @return array{0:int,1:array} status and answer */
    private function post(array $change, string $name = 'admin'): array
    {
        $browser = self::$browsers[$name] ?? new Browser('http://127.0.0.1:' . self::$server->port);
        if (!isset(self::$browsers[$name])) {
            $browser->log_in($name, $name);
            self::$browsers[$name] = $browser;
        }
        preg_match('/nonce=([0-9a-f]+)\./', $browser->get('/?nonce=1'), $nonce);
        $fields = $change + ['action' => 'mlm_get_sleepers', 'nonce' => $nonce[1], 'term_id' => $this->level, 'page' => 1, 'date_from' => '', 'date_to' => ''];
        $answer = $browser->post('/wp-admin/admin-ajax.php', $fields);
        return [$browser->status, (array) json_decode($answer, true)];
    }
}
