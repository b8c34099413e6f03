<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The stand-in of MemberLux is as the original is described (its README): otherwise other tests prove nothing. */
final class StandInTest extends TestCase
{
    private const SETUP = '
        $user = username_exists("boris") ?: wp_insert_user(["user_login" => "boris", "user_email" => "b@example.test",
            "user_pass" => "x", "role" => "customer"]);
        $term = (int) (term_exists("Course", "wpm-levels") ?: wp_insert_term("Course", "wpm-levels"))["term_id"];
        $row = static function ($code) { return wpm_search_key_id($code)["key_info"]; };';

    private static $site;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--plugins=member-luxe,mbl-certificates']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function setUp(): void
    {
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
        array_map('unlink', glob(self::$site->dir . '/mail/*.json'));
    }

    public function test_new_level_has_500_keys_of_12_months(): void
    {
        self::$site->run('return wp_insert_term("Full", "wpm-levels");', ['MEMBER_LUXE_KEYS_PER_LEVEL' => 500]);
        $rows = self::$site->sql("SELECT status, units, duration, user_id, date_end, COUNT(DISTINCT `key`) AS n,
            MIN(LENGTH(`key`)) AS shortest FROM wp_memberlux_term_keys GROUP BY 1, 2, 3, 4, 5");
        self::assertSame([['status' => 'new', 'units' => 'months', 'duration' => '12', 'user_id' => null,
            'date_end' => '0000-00-00', 'n' => '500', 'shortest' => '72']], $rows);
    }

    public function test_functions_return_what_the_originals_do(): void
    {
        $out = self::$site->run(self::SETUP . '
            $code = wpm_insert_one_user_key($term, 1, "days");
            $found = wpm_search_key_id(" $code ");
            return [strlen($code), array_keys($found), is_string($found["term_id"]), is_string($found["item_id"]),
                $found["is_deleted"], $found["key_info"]["date_end"], wpm_search_key_id("none"),
                wpm_update_user_key_dates($user, $code), wpm_register_user(["user_id" => $user, "user_data" => []]),
                wpm_email_to_login("boris@example.test"), wpm_get_user_status($user),
                wpm_add_key_to_user($user, $code, true)["error"]];');
        self::assertSame([72, ['term_id', 'key_info', 'item_id', 'is_deleted'], true, true, false, '30-11--0001', null,
            null, true, 'boris1', 'active', true], $out);
    }

    public function test_hooks_fire_in_order_with_their_arguments(): void
    {
        $log = self::$site->run(self::SETUP . '
            $log = [];
            foreach (["wpm_mbl_term_key_updated", "wpm_update_user_key_dates", "wpm_mbl_term_keys_query_updated"] as $name) {
                add_action($name, static function (...$args) use (&$log, $name) { $log[] = [$name, count($args),
                    is_array($args[0]) ? isset($args[0]["id"]) : gettype($args[1])]; }, 9, 9);
            }
            wpm_update_user_key_dates($user, wpm_insert_one_user_key($term, 1, "days"), false, "purchase");
            wpm_register_user(["user_id" => $user, "user_data" => ["code" => wpm_insert_one_user_key($term, 1, "days")], "index" => 1]);
            return $log;');
        self::assertSame([['wpm_mbl_term_key_updated', 1, false], ['wpm_update_user_key_dates', 5, 'string'],
            ['wpm_mbl_term_keys_query_updated', 2, false], ['wpm_update_user_key_dates', 5, 'string']], $log);
    }

    public function test_renewal_starts_where_the_last_key_ends_but_not_in_one_process(): void
    {
        $codes = [];
        foreach (['return ', 'return '] as $run) {
            $codes[] = self::$site->run(self::SETUP . '$code = wpm_insert_one_user_key($term, 10, "days");
                wpm_update_user_key_dates($user, $code); return $code;');
        }
        $rows = self::$site->sql('SELECT date_start, date_end FROM wp_memberlux_term_keys ORDER BY id');
        self::assertSame($rows[0]['date_end'], $rows[1]['date_start']);

        $twice = self::SETUP . '$a = wpm_insert_one_user_key($term, 10, "days"); $b = wpm_insert_one_user_key($term, 10, "days");
            wpm_update_user_key_dates($user, $a); wpm_update_user_key_dates($user, $b);
            return [$row($a)["date_start"], $row($b)["date_start"]];';
        [$first, $second] = self::$site->run($twice);
        self::assertSame($first, $second, 'the second period is lost');
        [$first, $second] = self::$site->run($twice, ['MEMBER_LUXE_DEFECTS_OFF' => ['user_cache']]);
        self::assertNotSame($first, $second);
    }

    public function test_defects_are_there_and_can_be_switched_off(): void
    {
        $php = self::SETUP . '
            $code = wpm_insert_one_user_key($term, 1, "years");
            $again = wpm_insert_one_user_key($term, 10, "days");
            wpm_update_user_key_dates($user, $again); $once = $row($again)["date_end"];
            wpm_update_user_key_dates($user, $again); $twice = $row($again)["date_end"];
            $new = wpm_search_key_id($code);
            MBLTermKeysQuery::updateKey((int) $new["item_id"], ["sent" => 1] + $new["key_info"]);
            wpm_update_user_key_dates($user, "no such code");
            return ["units" => $row($code)["units"], "prolonged" => $once !== $twice, "new" => $row($code)["date_end"],
                "phantoms" => count(MBLTermKeysQuery::find(["key" => ""]))];';
        $year = (int) gmdate('Y') + 10;
        self::assertSame(['units' => 'months', 'prolonged' => true, 'new' => "01-01-$year", 'phantoms' => 1], self::$site->run($php));
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
        self::assertSame(['units' => 'years', 'prolonged' => false, 'new' => '30-11--0001', 'phantoms' => 0], self::$site->run($php,
            ['MEMBER_LUXE_DEFECTS_OFF' => ['fold_units', 'reactivation', 'ten_years', 'phantom_row']]));
    }

    public function test_end_of_month_overflows_as_php_does(): void
    {
        self::$site->run(self::SETUP . '
            $GLOBALS["wpdb"]->query("INSERT INTO wp_memberlux_term_keys (term_id, user_id, `key`, status, duration, date_end)
                VALUES ($term, $user, \'old\', \'used\', 1, \'2099-01-31\')");
            wpm_update_user_key_dates($user, wpm_insert_one_user_key($term, 1, "months")); return 1;');
        self::assertSame('2099-03-03', self::$site->sql('SELECT MAX(date_end) AS d FROM wp_memberlux_term_keys')[0]['d']);
    }

    public function test_daily_event_expires_keys_and_reminds_once(): void
    {
        self::$site->run(self::SETUP . '
            update_option("taxonomy_term_$term", ["letter_1_days" => 2, "letter_1_title" => "Soon", "letter_1" => "Hello [user_name]"]);
            $sql = "INSERT INTO wp_memberlux_term_keys (term_id, user_id, `key`, status, duration, date_end, is_unlimited) VALUES ";
            $GLOBALS["wpdb"]->query($sql . "($term, $user, \'a\', \'used\', 1, \'2020-01-01\', 0), ($term, $user, \'b\', \'used\', 1,
                \'2020-01-01\', 1), ($term, $user, \'c\', \'used\', 1, \'" . gmdate("Y-m-d", time() + 3 * 86400) . "\', 0)");
            do_action("wpm_daily_schedule_hook"); do_action("wpm_daily_schedule_hook"); return 1;');
        $status = array_column(self::$site->sql('SELECT `key`, status FROM wp_memberlux_term_keys'), 'status', 'key');
        self::assertSame(['a' => 'expired', 'b' => 'used', 'c' => 'used'], $status);
        $mails = glob(self::$site->dir . '/mail/*.json');
        self::assertCount(1, $mails);
        self::assertStringContainsString('Hello boris', file_get_contents($mails[0]));
    }

    public function test_levels_below_an_active_one_are_accessible(): void
    {
        $out = self::$site->run(self::SETUP . '
            $child = wp_insert_term("Child" . wp_rand(), "wpm-levels", ["parent" => $term])["term_id"];
            wpm_update_user_key_dates($user, wpm_insert_one_user_key($term, 5, "days"));
            return [wpm_get_all_user_accesible_levels($user), [$term, $child]];');
        self::assertSame([], array_diff($out[1], $out[0]));
    }

    public function test_old_site_has_is_unlimited_among_the_other_columns(): void
    {
        self::$site->run('$GLOBALS["wpdb"]->query("DROP TABLE wp_memberlux_term_keys"); member_luxe_create_tables(true); return 1;');
        $columns = array_column(self::$site->sql('SHOW COLUMNS FROM wp_memberlux_term_keys'), 'Field');
        self::assertNotSame('is_unlimited', end($columns));
        self::assertContains('is_unlimited', $columns);
        self::$site->run('$GLOBALS["wpdb"]->query("DROP TABLE wp_memberlux_term_keys"); member_luxe_create_tables(); return 1;');
        $columns = array_column(self::$site->sql('SHOW COLUMNS FROM wp_memberlux_term_keys'), 'Field');
        self::assertSame('is_unlimited', end($columns));
    }
}
