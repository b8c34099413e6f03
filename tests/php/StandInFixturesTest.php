<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The fixtures hold the states they are named after: a plain reading of the tables finds each of them. */
final class StandInFixturesTest extends TestCase
{
    private const MAKE = 'require WP_PLUGIN_DIR . "/member-luxe/fixtures.php"; ';

    private static $site;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--plugins=member-luxe,mbl-certificates', '--prefix=school_',
            '--define=CUSTOM_USER_TABLE=people', '--define=CUSTOM_USER_META_TABLE=people_meta']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function setUp(): void
    {
        self::$site->sql('DELETE FROM school_memberlux_term_keys');
        self::$site->sql('DELETE FROM school_memberlux_certificate');
    }

    /** @return string[] names of the users in a result */
    private static function names(array $made, array $rows): array
    {
        $names = array_flip($made['users']);
        $found = array_map(static function (array $row) use ($names): string {
            return $names[(int) $row['user_id']];
        }, $rows);
        sort($found);
        return $found;
    }

    public function test_keys_that_ended_are_those_of_the_people_named_so(): void
    {
        $made = self::$site->run(self::MAKE . 'return member_luxe_fixtures();');
        $course = $made['levels']['course'];
        $ended = self::$site->sql("SELECT user_id FROM school_memberlux_term_keys WHERE term_id = $course AND user_id > 0 AND is_banned = 0
            GROUP BY user_id HAVING MAX(is_unlimited) = 0 AND MAX(date_end) > '1970-01-01' AND MAX(date_end) <= '" . gmdate('Y-m-d') . "'");
        self::assertSame(['banned-last', 'blocked', 'deleted', 'ends-today', 'lapsed', 'manual-certificate', 'other-certificate',
            'tie', 'used-and-expired'], self::names($made, $ended));
        $twice = self::$site->sql("SELECT k.user_id FROM school_memberlux_term_keys k JOIN (SELECT user_id, MAX(date_end) AS last
            FROM school_memberlux_term_keys WHERE term_id = $course GROUP BY user_id) m ON m.user_id = k.user_id AND m.last = k.date_end
            WHERE k.term_id = $course GROUP BY k.user_id HAVING COUNT(*) > 1");
        self::assertSame(['tie'], self::names($made, $twice));
        $gone = self::$site->sql('SELECT DISTINCT k.user_id FROM school_memberlux_term_keys k LEFT JOIN people u ON u.ID = k.user_id
            WHERE k.user_id > 0 AND u.ID IS NULL');
        self::assertSame(['deleted'], self::names($made, $gone));
        $no_level = self::$site->sql('SELECT user_id FROM school_memberlux_term_keys WHERE term_id IS NULL');
        self::assertSame(['no-level'], self::names($made, $no_level));
        $zero = self::$site->sql("SELECT user_id FROM school_memberlux_term_keys WHERE date_end < '0001-01-01'");
        self::assertSame(['zero-dates'], self::names($made, $zero));
    }

    public function test_access_is_what_the_plugin_says_about_them(): void
    {
        [$made, $access] = self::$site->run(self::MAKE . '$made = member_luxe_fixtures();
            return [$made, array_map("wpm_get_all_user_accesible_levels", $made["users"])];');
        ['course' => $course, 'parent' => $parent, 'child' => $child] = $made['levels'];
        self::assertSame([$parent, $child], $access['on-parent']);
        foreach (['extended', 'unlimited', 'basket', 'ends-tomorrow', 'far-future'] as $name) {
            self::assertSame([$course], $access[$name], $name);
        }
        foreach (['lapsed', 'banned-last', 'ends-today', 'zero-dates', 'no-level'] as $name) {
            self::assertSame([], $access[$name], $name);
        }
    }

    public function test_daily_event_decides_which_of_two_statuses_one_sees(): void
    {
        $count = "SELECT COUNT(*) AS n FROM school_memberlux_term_keys WHERE status = 'expired'";
        self::$site->run(self::MAKE . 'member_luxe_fixtures(); return 1;');
        self::assertSame('1', self::$site->sql($count)[0]['n']);
        self::$site->run('do_action("wpm_daily_schedule_hook"); return 1;');
        self::assertGreaterThan(10, (int) self::$site->sql($count)[0]['n']);
        self::assertSame('used', self::$site->sql('SELECT status FROM school_memberlux_term_keys WHERE is_unlimited = 1')[0]['status']);
    }

    public function test_certificates_are_of_both_kinds_and_doubled_on_the_auto_level(): void
    {
        $made = self::$site->run(self::MAKE . 'return member_luxe_fixtures();');
        $rows = self::$site->sql('SELECT user_id, COUNT(*) AS n, SUM(responsible_person = 1) AS by_hand FROM school_memberlux_certificate
            WHERE wpmlevel_id = ' . $made['levels']['auto'] . ' GROUP BY user_id ORDER BY user_id');
        self::assertSame(['auto-certificate', 'both-certificates'], self::names($made, $rows));
        self::assertSame([['1', '0'], ['3', '1']], array_map(static function (array $row): array {
            return [$row['n'], $row['by_hand']];
        }, $rows));
    }

    /** @return array[] */
    public function zones(): array
    {
        return [['Europe/Moscow', '-1 day'], ['America/New_York', '+0 day'], ['Asia/Kolkata', '-1 day']];
    }

    /** @dataProvider zones */
    public function test_key_of_the_night_carries_the_day_of_greenwich(string $zone, string $difference): void
    {
        $local = self::$site->run(self::MAKE . '$made = member_luxe_fixtures();
            return member_luxe_fixture_night($made["users"]["lapsed"], $made["levels"]["parent"], ' . var_export($zone, true) . ');');
        $expected = (new DateTimeImmutable("$local UTC"))->modify($difference)->format('Y-m-d');
        $row = self::$site->sql('SELECT date_start, date_registered FROM school_memberlux_term_keys ORDER BY id DESC LIMIT 1')[0];
        self::assertSame([$expected, $expected], array_values($row));
    }
}
