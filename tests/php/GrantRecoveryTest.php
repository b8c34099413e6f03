<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** What a grant meets inside one PHP process: the core's defects, others' listeners, a database that goes away. */
final class GrantRecoveryTest extends TestCase
{
    private const SETUP = '
        $term = (int) (term_exists("Course", "wpm-levels") ?: wp_insert_term("Course", "wpm-levels"))["term_id"];
        $body = static function ($id, $duration = 6, $units = "months") use ($term) { return ["external_id" => $id,
            "email" => "$id@example.test", "key" => ["term_id" => $term, "duration" => $duration, "units" => $units]]; };
        $grant = static function ($body) { try { return \Dormouse\Grant\Granter::grant($body); }
            catch (\Dormouse\Grant\Refusal $e) { return [$e->status, $e->word]; } };
        $keys = static function () { return $GLOBALS["wpdb"]->get_results("SELECT * FROM wp_memberlux_term_keys ORDER BY id", ARRAY_A); };
        $begun = static function ($id, $floor) use ($body) { $row = \Dormouse\Grant\Ledger::open(\Dormouse\Grant\Request::read($body($id)), "claimed");
            return \Dormouse\Grant\Ledger::change($row, ["state" => "inserting", "floor_id" => $floor]); };';

    private static $site;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site();
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function setUp(): void
    {
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
        self::assertSame([], self::$site->sql("SELECT id FROM wp_memberlux_term_keys WHERE `key` = ''"), 'a phantom');
    }

    public function test_two_grants_in_one_process_follow_each_other_though_the_core_remembers_the_first_look(): void
    {
        $ends = self::$site->run(self::SETUP . '
            MBLTermKeysQuery::findByUserId(0);
            $second = ["email" => "loop1@example.test"] + $body("loop2", 10, "days");
            return [$grant($body("loop1", 10, "days"))["date_end"], $grant($second)["date_start"]];');
        self::assertSame($ends[0], $ends[1]);
    }

    public function test_memory_that_cannot_be_cleared_is_noticed_before_a_period_is_lost(): void
    {
        $site = new Site(['--plugins=dormouse']);
        copy(__DIR__ . '/support/stubborn-core.php', $site->dir . '/wp-content/mu-plugins/stubborn-core.php');
        $two = self::SETUP . 'return [$grant($body("one", 1, "days"))["status"] ?? 0,
            $grant(["email" => "one@example.test"] + $body("two", 1, "days"))];';
        self::assertSame(['granted', [503, 'dormouse_stale_process']], $site->run($two));
        [, $second] = $site->run($two);
        self::assertSame(['granted', gmdate('Y-m-d', time() + 86400)], [$second['status'], $second['date_start']], 'a new process');
        self::assertCount(2, $site->sql('SELECT id FROM wp_memberlux_term_keys'));
    }

    public function test_key_left_behind_by_an_insert_of_an_unknown_core_is_found(): void
    {
        [$answer, $code, $count] = self::$site->run(self::SETUP . '
            $begun("orphan1", 0);
            $code = wpm_insert_one_user_key($term, 6, "months");
            wpm_insert_one_user_key($term, 6, "days"); wpm_insert_one_user_key($term, 7, "months"); wpm_insert_one_user_key($term + 1, 6, "months");
            return [$grant($body("orphan1")), $code, count($keys())];');
        self::assertSame([$code, 4], [$answer['key'], $count]);
    }

    public function test_stock_of_the_site_is_not_taken_for_a_lost_key(): void
    {
        [$several, $old, $other, $stock] = self::$site->run(self::SETUP . '
            $begun("stock1", 0);
            $stock = [wpm_insert_one_user_key($term, 6, "months"), wpm_insert_one_user_key($term, 6, "months")];
            $several = $grant($body("stock1"))["key"];
            $GLOBALS["wpdb"]->query("DELETE FROM wp_memberlux_term_keys");
            $begun("stock2", 0);
            $stock[] = wpm_insert_one_user_key($term, 6, "months");
            $stock[] = $late = substr($stock[2], 0, 62) . (time() + 4000);
            $GLOBALS["wpdb"]->update("wp_memberlux_term_keys", ["key" => $late], ["key" => $stock[2]]);
            $old = $grant($body("stock2"))["key"];
            $begun("stock3", 0);
            $taken = wpm_insert_one_user_key($term, 6, "months");
            \Dormouse\Grant\Ledger::change($begun("stock4", 0), ["code" => $taken, "state" => "inserted"]);
            $stock[] = $taken;
            return [$several, $old, $grant($body("stock3"))["key"], $stock];');
        self::assertNotContains($several, $stock, 'two candidates');
        self::assertNotContains($old, $stock, 'made at another time');
        self::assertNotContains($other, $stock, 'the key of another grant');
    }

    public function test_insert_that_the_core_could_not_do_is_told_and_done_when_asked_again(): void
    {
        [$failed, $rows, $again, $keys] = self::$site->run(self::SETUP . '
            $spoil = static function ($query) { return strpos($query, "INSERT INTO `wp_memberlux_term_keys`") === 0 ? "SELECT 1 FROM nowhere" : $query; };
            add_filter("query", $spoil);
            $failed = $GLOBALS["wpdb"]->suppress_errors(true) || true ? $grant($body("insert1")) : null;
            remove_filter("query", $spoil);
            return [$failed, count($keys()), $grant($body("insert1"))["status"], $keys()];');
        self::assertSame([[503, 'dormouse_insert_failed'], 0, 'granted'], [$failed, $rows, $again]);
        self::assertCount(1, $keys);
    }

    public function test_key_of_other_units_than_asked_for_is_never_activated(): void
    {
        $out = self::$site->run(self::SETUP . '
            $fold = static function ($query) { return strpos($query, "INSERT INTO `wp_memberlux_term_keys`") === 0 ? str_replace("\'days\'", "\'months\'", $query) : $query; };
            add_filter("query", $fold);
            $first = $grant($body("fold1", 10, "days"));
            remove_filter("query", $fold);
            return [$first, $grant($body("fold1", 10, "days")), array_column($keys(), "status")];');
        self::assertSame([[500, 'dormouse_core_odd'], [500, 'dormouse_core_odd'], ['new']], $out);
    }

    public function test_who_lost_the_row_leaves_no_key_and_no_open_transaction(): void
    {
        $refused = self::$site->run(self::SETUP . '
            add_action("dormouse_grant_step", static function ($step) { if ($step === "inserting") {
                $GLOBALS["wpdb"]->query("UPDATE wp_dormouse_grant SET version = version + 1 WHERE external_id = \'fence1\'"); } });
            return $grant($body("fence1"));');
        self::assertSame([409, 'dormouse_in_progress'], $refused);
        self::assertSame([], self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
        $last = self::$site->sql("SELECT step FROM wp_dormouse_grant_audit WHERE external_id = 'fence1' ORDER BY id DESC LIMIT 1");
        self::assertSame([['step' => 'refused']], $last);
        self::assertSame('granted', self::$site->run(self::SETUP . 'return $grant($body("fence1"))["status"];'));
    }

    public function test_lost_connection_is_noticed_before_the_core_is_called_again(): void
    {
        foreach (['inserting' => [], 'activating' => ['used', 'new']] as $step => $left) {
            $out = self::$site->run(self::SETUP . '
                add_action("dormouse_grant_step", static function ($step) { if ($step === "' . $step . '") {
                    $db = $GLOBALS["wpdb"]; $db->suppress_errors(true); $db->query("KILL CONNECTION_ID()"); } });
                return [$grant($body("cut-' . $step . '")), array_column($keys(), "status")];');
            self::assertSame([[503, 'dormouse_database'], $left], $out);
            $again = self::$site->run(self::SETUP . 'return [$grant($body("cut-' . $step . '"))["status"], array_column($keys(), "status")];');
            self::assertSame(['granted', array_fill(0, max(1, count($left)), 'used')], $again);
        }
        self::assertCount(2, self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
    }

    public function test_who_comes_second_is_told_to_come_again(): void
    {
        $answer = self::$site->run(self::SETUP . '
            $mine = $GLOBALS["wpdb"];
            $GLOBALS["wpdb"] = new wpdb(DB_USER, DB_PASSWORD, DB_NAME, DB_HOST);
            $GLOBALS["wpdb"]->set_prefix("wp_");
            \Dormouse\Grant\Lock::take("id busy1", 0);
            $other = $GLOBALS["wpdb"];
            $GLOBALS["wpdb"] = $mine;
            add_filter("dormouse_grant_wait", "__return_zero");
            $busy = $grant($body("busy1"));
            $other->close();
            return [$busy, $grant($body("busy1"))["status"]];');
        self::assertSame([[409, 'dormouse_in_progress'], 'granted'], $answer);
    }

    public function test_listeners_that_throw_spoil_nothing_and_those_of_the_grant_are_told_again(): void
    {
        [$answer, $heard, $steps] = self::$site->run(self::SETUP . '
            add_action("wpm_update_user_key_dates", static function () { throw new RuntimeException("secret-word"); }, 12);
            $heard = [];
            $listen = static function ($id, $grant) use (&$heard) { $heard[] = [$id, $grant["source"], strlen($grant["key"])];
                if (count($heard) === 1) { throw new Error("not now"); } };
            add_action("dormouse_granted", $listen, 10, 2);
            $answer = $grant($body("throw1")); $grant($body("throw1")); $grant($body("throw1"));
            return [$answer, $heard, $GLOBALS["wpdb"]->get_results("SELECT step, detail FROM wp_dormouse_grant_audit WHERE external_id = \'throw1\'", ARRAY_A)];');
        self::assertSame('granted', $answer['status']);
        self::assertSame([['throw1', 'api', 72], ['throw1', 'api', 72]], $heard, 'until all have heard it, then no more');
        self::assertSame(['listener_failed', 'listener_failed'], array_values(array_intersect(array_column($steps, 'step'), ['listener_failed'])));
        self::assertStringNotContainsString('secret-word', json_encode($steps));
        self::assertStringNotContainsString($answer['key'], json_encode($steps), 'codes are not for the audit');
    }

    public function test_old_core_that_tells_nobody_is_told_for_once(): void
    {
        $heard = self::$site->run(self::SETUP . '
            $heard = [];
            add_action("wpm_update_user_key_dates", static function (...$args) use (&$heard) {
                $heard[] = [count($args), is_string($args[1]), $args[3]["key_info"]["status"], $args[4]]; }, 10, 5);
            $grant($body("old-core")); $grant($body("old-core"));
            return $heard;', ['MEMBER_LUXE_PROFILE' => '2.17']);
        self::assertSame([[5, true, 'used', 'grant_bridge_api']], $heard);
    }

    public function test_others_who_make_the_same_user_meanwhile_are_joined(): void
    {
        $out = self::$site->run(self::SETUP . '
            $other = static function ($value) { remove_all_filters(current_filter());
                $GLOBALS["wpdb"]->insert("wp_users", ["user_login" => "other" . wp_rand(), "user_email" => $GLOBALS["racing"]]); return $value; };
            $out = [];
            foreach (["pre_user_email" => "race1", "wp_pre_insert_user_data" => "race2"] as $moment => $id) {
                $GLOBALS["racing"] = "$id@example.test";
                add_filter($moment, $other);
                $answer = $grant($body($id));
                $first = $GLOBALS["wpdb"]->get_var("SELECT MIN(ID) FROM wp_users WHERE user_email = \'$id@example.test\'");
                $out[] = [(string) $answer["user_id"] === $first, get_userdata((int) $first)->roles];
            }
            return $out;');
        self::assertSame([[true, ['customer']], [true, ['customer']]], $out);
    }

    public function test_users_keep_their_role_and_their_names(): void
    {
        $out = self::$site->run(self::SETUP . '
            $id = wp_insert_user(["user_login" => "keep", "user_pass" => "x", "user_email" => "keep@example.test", "role" => "editor", "first_name" => "Old"]);
            $grant(["first_name" => "New", "last_name" => "Name"] + $body("keep"));
            $user = new WP_User($id);
            return [$user->roles, $user->first_name, $user->last_name];');
        self::assertSame([['editor'], 'Old', 'Name'], $out);
    }

    public function test_tables_appear_when_they_are_missing(): void
    {
        self::$site->sql('DROP TABLE wp_dormouse_grant, wp_dormouse_grant_audit');
        self::assertSame('granted', self::$site->run(self::SETUP . 'return $grant($body("tables1"))["status"];'));
        $steps = array_column(self::$site->sql('SELECT step FROM wp_dormouse_grant_audit ORDER BY id'), 'step');
        self::assertSame(['received', 'claimed', 'user_created', 'inserting', 'insert_called', 'inserted', 'activating',
            'activated', 'granted', 'announced'], $steps);
        self::assertSame([], self::$site->run('require_once ABSPATH . "wp-admin/includes/upgrade.php";
            return dbDelta(array_values(\Dormouse\Grant\Schema::tables()), false);'), 'made as they are written');
    }

    public function test_daily_cleanup_clears_old_steps_and_keeps_grants(): void
    {
        $out = self::$site->run(self::SETUP . '
            $grant($body("old1")); $grant($body("new1"));
            $GLOBALS["wpdb"]->query("UPDATE wp_dormouse_grant_audit SET created_at = DATE_SUB(UTC_TIMESTAMP(), INTERVAL 91 DAY) WHERE external_id = \'old1\'");
            do_action("dormouse_grant_cleanup"); \Dormouse\Grant\Schema::schedule();
            return [wp_get_scheduled_event("dormouse_grant_cleanup")->schedule, $grant($body("old1"))["status"]];');
        self::assertSame(['daily', 'already_granted'], $out);
        $left = self::$site->sql("SELECT external_id, COUNT(*) AS n FROM wp_dormouse_grant_audit WHERE external_id IN ('old1', 'new1') GROUP BY 1");
        self::assertSame([['external_id' => 'new1', 'n' => '10'], ['external_id' => 'old1', 'n' => '2']], $left);
    }
}
