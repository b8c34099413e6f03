<?php

use DormouseTest\Process;
use DormouseTest\Site;
use DormouseTest\WebServer;
use PHPUnit\Framework\TestCase;

/** Many clients send the same grant at once to a pool of PHP servers, and one of these is killed in the middle. */
final class GrantCrowdTest extends TestCase
{
    private const CLIENTS = 10;
    private const REQUESTS = 50;
    private const KEY = 'a-key-for-the-grant-endpoint';

    private static $site;
    private static $permit;
    /** @var WebServer[] */
    private $servers = [];

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--define=DORMOUSE_GRANT_KEY=' . self::KEY]);
        self::$permit = Process::temp_dir() . '/permit';
        copy(__DIR__ . '/support/grant-kill.php', self::$site->dir . '/wp-content/mu-plugins/grant-kill.php');
        self::$site->run('foreach (["One", "Two"] as $name) { wp_insert_term($name, "wpm-levels"); } return 1;');
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function tearDown(): void
    {
        $this->servers = [];
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public static function points(): array
    {
        return ['key not yet stored' => ['core:before_commit'], 'inserted' => ['step:insert_called'],
            'half activated' => ['core:wpm_mbl_term_key_updated'], 'listeners ran' => ['core:listeners_25']];
    }

    /** @dataProvider points */
    public function test_fifty_requests_of_ten_clients_and_a_kill_leave_one_activated_key(string $point): void
    {
        $id = strtolower(preg_replace('/\W/', '-', $point));
        $term = $this->level('One');
        $this->serve($point);
        $before = $this->keys($term);
        $body = ['user' => ['email' => "$id@example.test", 'first_name' => 'Anna'], 'external_id' => $id, 'source' => 'amo_crm',
            'grant' => ['term_id' => $term, 'duration' => 6, 'units' => 'month']];
        $answers = $this->storm(array_fill(0, self::REQUESTS, $body));

        self::assertFileDoesNotExist(self::$permit, 'nobody was killed');
        self::assertSame([200], array_values(array_unique(array_column($answers, 'status'))));
        $grants = array_column($answers, 'json');
        self::assertCount(1, array_unique(array_column($grants, 'key')));
        self::assertSame([gmdate('Y-m-d', strtotime('+6 months'))], array_values(array_unique(array_column($grants, 'date_end'))));
        self::assertSame(['already_granted' => self::REQUESTS - 1, 'granted' => 1], $this->counts(array_column($grants, 'status')));
        $keys = array_values(array_diff_key($this->keys($term), $before));
        self::assertSame([[$grants[0]['key'], 'used', (string) $grants[0]['user_id']]], $keys);
        $this->assert_one_trail($id);
    }

    public function test_two_grants_to_one_new_person_at_once_make_one_user_and_follow_each_other(): void
    {
        $term = $this->level('Two');
        $this->serve('');
        $bodies = [];
        foreach (range(1, 8) as $n) {
            $bodies[] = ['email' => 'both@example.test', 'external_id' => "both-$n",
                'key' => ['term_id' => $term, 'duration' => 10, 'units' => 'days']];
        }
        $answers = array_column($this->storm($bodies), 'json');
        self::assertCount(1, array_unique(array_column($answers, 'user_id')));
        self::assertCount(1, self::$site->sql("SELECT ID FROM wp_users WHERE user_email = 'both@example.test'"));
        $ends = array_column($answers, 'date_end');
        sort($ends);
        self::assertSame(array_map(static function (int $n): string {
            return gmdate('Y-m-d', strtotime('+' . 10 * $n . ' days'));
        }, range(1, 8)), $ends);
    }

    private function assert_one_trail(string $id): void
    {
        self::assertSame([['state' => 'granted']], self::$site->sql("SELECT state FROM wp_dormouse_grant WHERE external_id = '$id'"));
        $trail = self::$site->sql("SELECT request_id, step FROM wp_dormouse_grant_audit WHERE external_id = '$id' ORDER BY id");
        $steps = $this->counts(array_column($trail, 'step'));
        self::assertSame([1, 1, self::REQUESTS - 1], [$steps['granted'], $steps['announced'], $steps['repeated']]);
        self::assertLessThanOrEqual(1, $steps['activated'] ?? 0);
        self::assertLessThanOrEqual(2, count(array_unique(array_column(array_filter($trail, static function (array $row): bool {
            return in_array($row['step'], ['claimed', 'inserting', 'activating', 'granted'], true);
        }), 'request_id'))), 'the one that died and the one that went on');
    }

    private function serve(string $kill_at): void
    {
        touch(self::$permit);
        $env = ['GRANT_KILL_AT' => $kill_at, 'GRANT_KILL_PERMIT' => self::$permit];
        for ($n = 0; $n < 4; $n++) {
            $this->servers[] = new WebServer(self::$site, $env);
        }
    }

    /** All requests, ten at a time; each is sent again until it is answered. @return array[] answers */
    private function storm(array $bodies): array
    {
        $multi = curl_multi_init();
        $waiting = $bodies;
        $running = [];
        $answers = [];
        $end = microtime(true) + 60;
        while (($waiting || $running) && microtime(true) < $end) {
            while ($waiting && count($running) < self::CLIENTS) {
                $body = array_shift($waiting);
                $server = $this->servers[array_rand($this->servers)];
                $curl = WebServer::request("http://127.0.0.1:{$server->port}/wp-json/mlgb/v1/grant", 'POST', $body, ['X-API-Key: ' . self::KEY]);
                $running[spl_object_id($curl)] = [$curl, $body, $server];
                curl_multi_add_handle($multi, $curl);
            }
            curl_multi_exec($multi, $active);
            curl_multi_select($multi, 0.1);
            while ($done = curl_multi_info_read($multi)) {
                [$curl, $body, $server] = $running[spl_object_id($done['handle'])];
                unset($running[spl_object_id($curl)]);
                $answer = WebServer::answer($curl, (string) curl_multi_getcontent($curl));
                curl_multi_remove_handle($multi, $curl);
                if ($answer['status'] === 0) {
                    $server->revive();
                }
                if (in_array($answer['status'], [0, 409], true)) {
                    $waiting[] = $body;
                } else {
                    $answers[] = $answer;
                }
            }
        }
        self::assertCount(count($bodies), $answers);
        return $answers;
    }

    private function level(string $name): int
    {
        return (int) self::$site->sql("SELECT term_id FROM wp_terms WHERE name = '$name'")[0]['term_id'];
    }

    /** @return array<int,array> code, status, user by id */
    private function keys(int $term): array
    {
        $out = [];
        foreach (self::$site->sql("SELECT id, `key`, status, user_id FROM wp_memberlux_term_keys WHERE term_id = $term OR term_id IS NULL") as $row) {
            $out[(int) $row['id']] = [$row['key'], $row['status'], $row['user_id']];
        }
        return $out;
    }

    /** @return array<string,int> sorted by name */
    private function counts(array $words): array
    {
        $counts = array_count_values($words);
        ksort($counts);
        return $counts;
    }
}
