<?php

use DormouseTest\Process;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** PHP dies by SIGKILL at a point of a grant; the same request again leaves one activated key, told once. */
final class GrantCrashTest extends TestCase
{
    private static $site;
    private static $permit;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site();
        self::$permit = Process::temp_dir() . '/permit';
        copy(__DIR__ . '/support/grant-kill.php', self::$site->dir . '/wp-content/mu-plugins/grant-kill.php');
        self::$site->sql("INSERT INTO wp_memberlux_hook (name, url, event, is_active)
            VALUES ('all', 'http://127.0.0.1:9/', 'wpm_update_user_key_dates', 1)");
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function tearDown(): void
    {
        putenv('GRANT_KILL_AT');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public static function points(): array
    {
        $points = ['core:insert_user_meta', 'core:before_commit', 'step:insert_called', 'core:wpm_mbl_term_key_updated',
            'core:listeners_5', 'core:listeners_15', 'core:listeners_25', 'step:activated', 'told:dormouse_granted'];
        return array_combine($points, array_map(static function (string $point): array {
            return [$point];
        }, $points));
    }

    public function test_killed_before_any_of_its_statements_a_grant_is_completed_once(): void
    {
        $statuses = self::$site->run('require_once ABSPATH . "wp-admin/includes/file.php";
            $term = wp_insert_term("Sweep", "wpm-levels")["term_id"];
            update_term_meta($term, "_mblc_how_to_issue", "auto");
            return (require "' . __DIR__ . '/support/grant-sweep.php")($term);');
        $cases = count($statuses);
        $term = self::$site->sql("SELECT term_id FROM wp_terms WHERE name = 'Sweep'")[0]['term_id'];
        self::assertGreaterThan(40, $cases);
        self::assertSame([], array_diff($statuses, ['granted', 'already_granted']));
        $each = "SELECT COUNT(*) AS n FROM wp_users u JOIN wp_memberlux_term_keys k ON k.user_id = u.ID";
        $mine = "u.user_email LIKE 'sweep-%'";
        $end = gmdate('Y-m-d', strtotime('+6 months'));
        $counts = [
            'users' => "SELECT COUNT(*) AS n FROM wp_users u WHERE $mine",
            'keys' => "SELECT COUNT(*) AS n FROM wp_memberlux_term_keys WHERE term_id = $term",
            'activated once' => "$each WHERE $mine AND k.status = 'used' AND k.date_end = '$end'",
            'recorded' => "$each JOIN wp_dormouse_grant g ON g.code = BINARY k.`key` AND g.user_id = u.ID AND g.key_id = k.id
                WHERE $mine AND g.state = 'granted' AND g.announced = 1 AND g.date_end = k.date_end",
            'customers' => "SELECT COUNT(*) AS n FROM wp_users u JOIN wp_usermeta m ON m.user_id = u.ID AND m.meta_key = 'wp_capabilities'
                AND m.meta_value LIKE '%customer%' WHERE $mine",
            'named' => "SELECT COUNT(*) AS n FROM wp_users u JOIN wp_usermeta m ON m.user_id = u.ID AND m.meta_key = 'first_name'
                AND m.meta_value = 'Anna' WHERE $mine",
            'known to the core' => "$each JOIN wp_memberlux_keys_meta m ON m.key_id = k.id WHERE $mine",
            'steps granted' => "SELECT COUNT(*) AS n FROM wp_dormouse_grant_audit WHERE external_id LIKE 'sweep-%' AND step = 'granted'",
        ];
        foreach ($counts as $what => $sql) {
            self::assertSame((string) $cases, self::$site->sql($sql)[0]['n'], $what);
        }
        $certificates = self::$site->sql("SELECT COUNT(*) AS n, COUNT(DISTINCT user_id) AS users FROM wp_memberlux_certificate c
            JOIN wp_users u ON u.ID = c.user_id WHERE $mine")[0];
        self::assertSame($certificates['users'], $certificates['n'], 'nobody has two');
        $keys = array_unique(array_filter($this->webhooks(), static function (string $key) use ($term): bool {
            return strpos($key, ":t$term:") !== false;
        }));
        self::assertCount($cases, $keys, 'a webhook for each');
    }

    public function test_own_key_is_known_among_others_that_the_site_made_since(): void
    {
        $term = self::$site->run('return wp_insert_term("Stock", "wpm-levels")["term_id"];');
        $grant = 'return \Dormouse\Grant\Granter::grant(["external_id" => "stock", "email" => "stock@example.test",
            "key" => ["term_id" => ' . $term . ', "duration" => 6, "units" => "months"]]);';
        $this->run_and_die('step:insert_called', $grant);
        $own = self::$site->sql("SELECT `key` FROM wp_memberlux_term_keys WHERE term_id = $term");
        self::$site->run("foreach ([1, 2] as \$n) { wpm_insert_one_user_key($term, 6, 'months'); } return 1;");
        $answer = self::$site->run($grant);
        self::assertSame([['key' => $answer['key']]], $own);
        self::assertSame([['n' => '3']], self::$site->sql("SELECT COUNT(*) AS n FROM wp_memberlux_term_keys WHERE term_id = $term"));
    }

    /** @dataProvider points */
    public function test_grant_is_completed_once_after_a_kill(string $point): void
    {
        $name = strtolower(preg_replace('/\W/', '-', $point));
        $grant = '$term = (int) (term_exists("L ' . $name . '", "wpm-levels") ?: wp_insert_term("L ' . $name . '", "wpm-levels"))["term_id"];
            update_term_meta($term, "_mblc_how_to_issue", "auto");
            return \Dormouse\Grant\Granter::grant(["user" => ["email" => "' . $name . '@example.test", "first_name" => "Анна"],
                "grant" => ["term_id" => $term, "duration" => 6, "units" => "month"], "external_id" => "' . $name . '"]);';
        $this->run_and_die($point, $grant);
        $answer = self::$site->run($grant);

        self::assertSame($point === 'told:dormouse_granted' ? 'already_granted' : 'granted', $answer['status']);
        $keys = self::$site->sql("SELECT * FROM wp_memberlux_term_keys WHERE term_id = {$answer['term_id']}");
        self::assertCount(1, $keys);
        self::assertSame([$answer['key'], (string) $answer['user_id'], 'used', $answer['date_end']],
            [$keys[0]['key'], $keys[0]['user_id'], $keys[0]['status'], $keys[0]['date_end']]);
        self::assertSame(gmdate('Y-m-d', strtotime('+6 months')), $answer['date_end'], 'prolonged by a second activation');
        $this->assert_everybody_was_told_once($name, $keys[0]['id'], $answer['user_id']);
        self::assertSame($answer['key'], self::$site->run($grant)['key']);
        self::assertCount(1, self::$site->sql("SELECT id FROM wp_memberlux_term_keys WHERE term_id = {$answer['term_id']}"));
    }

    private function assert_everybody_was_told_once(string $name, string $key_id, int $user_id): void
    {
        $users = self::$site->sql("SELECT ID FROM wp_users WHERE user_email = '$name@example.test'");
        self::assertSame([['ID' => (string) $user_id]], $users);
        $roles = self::$site->sql("SELECT meta_value FROM wp_usermeta WHERE user_id = $user_id AND meta_key = 'wp_capabilities'");
        self::assertSame([['meta_value' => serialize(['customer' => true])]], $roles);
        $first = self::$site->sql("SELECT meta_value FROM wp_usermeta WHERE user_id = $user_id AND meta_key = 'first_name'");
        self::assertSame([['meta_value' => 'Анна']], $first);
        self::assertCount(1, self::$site->sql("SELECT * FROM wp_memberlux_keys_meta WHERE key_id = $key_id AND source = 'grant_bridge_api'"));
        self::assertCount(1, self::$site->sql("SELECT * FROM wp_memberlux_certificate WHERE user_id = $user_id"));
        $jobs = array_filter($this->webhooks(), static function (string $key) use ($user_id): bool {
            return strpos($key, "wpm_update_user_key_dates:u$user_id:") !== false;
        });
        self::assertCount(1, array_unique($jobs), 'one webhook: told twice it is one job');
        $row = self::$site->sql("SELECT state, announced, error FROM wp_dormouse_grant WHERE external_id = '$name'");
        self::assertSame([['state' => 'granted', 'announced' => '1', 'error' => '']], $row);
        $steps = array_column(self::$site->sql("SELECT step, COUNT(*) AS n FROM wp_dormouse_grant_audit
            WHERE external_id = '$name' GROUP BY step"), 'n', 'step');
        self::assertSame('1', $steps['granted']);
        self::assertLessThanOrEqual(1, (int) ($steps['activated'] ?? 0));
    }

    /** @return string[] idempotency keys of the jobs */
    private function webhooks(): array
    {
        return array_map(static function (array $row): string {
            return json_decode(substr($row['envelope'], strpos($row['envelope'], '{')))->key;
        }, self::$site->outbox());
    }

    private function run_and_die(string $point, string $grant): void
    {
        touch(self::$permit);
        putenv("GRANT_KILL_AT=$point");
        putenv('GRANT_KILL_PERMIT=' . self::$permit);
        try {
            self::$site->run($grant);
        } catch (RuntimeException $e) {
            self::assertFileDoesNotExist(self::$permit, $e->getMessage());
            putenv('GRANT_KILL_AT');
            return;
        }
        self::fail("nothing died at $point");
    }
}
