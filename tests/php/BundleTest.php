<?php

use Dormouse\Bundle\Program;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** Bundle courses: from a certificate given by hand to the next level, each step once. */
final class BundleTest extends TestCase
{
    /** Levels A, B, C; a program of all three; Vera at its first step. */
    private const SETUP = '
        $user = username_exists("vera") ?: wp_insert_user(["user_login" => "vera", "user_email" => "vera@example.test",
            "user_pass" => "x", "role" => "customer"]);
        foreach (["A", "B", "C"] as $name) {
            $$name = (int) (term_exists("Course $name", "wpm-levels") ?: wp_insert_term("Course $name", "wpm-levels"))["term_id"];
        }
        $program = (int) (get_posts(["post_type" => "ml_program", "post_status" => "any", "fields" => "ids"])[0] ?? 0);
        if (!$program) {
            $program = wp_insert_post(["post_type" => "ml_program", "post_title" => "All", "post_status" => "publish"]);
            update_post_meta($program, "mlp_steps", [["term_id" => $A, "duration" => 30, "units" => "day"],
                ["term_id" => (string) $B, "duration" => "1", "units" => "year"], ["term_id" => $C, "duration" => 10, "units" => "days"]]);
        }
        update_user_meta($user, "mlp_program_id", get_user_meta($user, "mlp_program_id", true) ?: $program);
        $step = static function () use ($user) { return get_user_meta($user, "mlp_current_step", true); };
        $issue = static function (int $level) use ($user) { return mbl_certificates_issue($user, $level, gmdate("Y-m-d")); };
        $failures = [];
        add_action("dormouse_failure", static function ($message) use (&$failures) { $failures[] = $message; });
        add_action("mlp_program_step_granted", static function (...$args) { update_option("told", array_merge(get_option("told", []), [$args])); }, 10, 9);';

    private static $site;
    private static $redis;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$site = new Site();
        self::$site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket]);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        foreach (['dormouse_bundle_step', 'dormouse_certificate', 'dormouse_grant', 'memberlux_term_keys', 'memberlux_certificate',
            'memberlux_hook'] as $table) {
            self::$site->sql("DELETE FROM wp_$table");
        }
        self::$site->sql("DELETE FROM wp_usermeta WHERE meta_key LIKE 'mlp_%'");
        self::$site->sql("DELETE FROM wp_options WHERE option_name = 'told'");
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_certificate_by_hand_enqueues_the_next_steps_grant_under_its_own_name(): void
    {
        [$B, $id] = $this->run_site('return [$B, $issue($A)];');
        $job = self::$redis->jobs()[0];
        self::assertSame(['grant', "grant:main:certificate:$id"], [$job->kind, $job->key]);
        self::assertSame(['email' => 'vera@example.test', 'term_id' => $B, 'duration' => 12, 'units' => 'months',
            'source' => 'program_flow', 'external_id' => "certificate:$id"], (array) $job->args);
        self::assertSame(['', []], $this->run_site('return [$step(), get_option("told", [])];'), 'not granted yet');
    }

    public function test_step_moves_on_and_is_told_once_when_the_grant_has_happened(): void
    {
        $id = $this->run_site('return $issue($A);');
        $this->grant();
        [$user, $program, $A, $B, $step, $last, $told] = $this->run_site('return [$user, $program, $A, $B, $step(),
            get_user_meta($user, "mlp_last_certificate_hash", true), get_option("told")];');
        self::assertSame(['1', [[$user, $program, $A, $B]]], [$step, $told]);
        self::assertSame(hash('sha256', "certificate:$id"), $last);
        // The worker did not hear the answer and asks again.
        $this->grant();
        self::$site->run('do_action("dormouse_granted", "certificate:' . $id . '"); return 1;');
        self::assertSame(['1', 1], $this->run_site('return [$step(), count(get_option("told"))];'));
        self::assertCount(1, self::$site->sql('SELECT id FROM wp_memberlux_term_keys WHERE user_id IS NOT NULL'));
    }

    public function test_program_goes_through_to_its_end(): void
    {
        foreach (['A', 'B', 'C'] as $level) {
            $this->run_site("\$issue(\$$level); return 1;");
            $this->grant();
        }
        [$A, $B, $C, $step, $told] = $this->run_site('return [$A, $B, $C, $step(), get_option("told")];');
        self::assertSame('2', $step);
        self::assertSame([[$A, $B], [$B, $C]], array_map(static function (array $args): array {
            return array_slice($args, 2);
        }, $told));
        self::assertCount(2, array_unique(array_column(self::$redis->jobs(), 'key')));
    }

    /** What happens, by the name of the case; none of it ends a step. */
    private const NO_STEP = [
        'automatic certificate' => 'update_term_meta($A, "_mblc_how_to_issue", "auto");
            wpm_update_user_key_dates($user, wpm_insert_one_user_key($A, 1, "days"), false, "purchase");
            delete_term_meta($A, "_mblc_how_to_issue");',
        'level of a later step' => '$issue($B);',
        'level outside the program' => '$issue(wp_insert_term("Course of another kind", "wpm-levels")["term_id"]);',
        'last step' => 'update_user_meta($user, "mlp_current_step", 2); $issue($C);',
        'step that does not exist' => 'update_user_meta($user, "mlp_current_step", 7); $issue($A);',
        'student in no program' => 'delete_user_meta($user, "mlp_program_id"); $issue($A);',
        'program that is another kind of post' => 'update_user_meta($user, "mlp_program_id", wp_insert_post(["post_title" => "x"])); $issue($A);',
        'program that is gone' => 'update_user_meta($user, "mlp_program_id", 99999); $issue($A);',
        'certificate that was not stored' => 'do_action("mbl_certificate_issued", $user, 0);',
    ];

    public function test_certificate_that_ends_no_step_enqueues_nothing(): void
    {
        $code = '$opened = [];';
        foreach (self::NO_STEP as $name => $what) {
            $code .= "update_user_meta(\$user, 'mlp_program_id', \$program); delete_user_meta(\$user, 'mlp_current_step');
                $what \$opened['$name'] = count(Dormouse\\Bundle\\Steps::all_under_way(99));";
        }
        [$opened, $certificates, $failures] = $this->run_site($code . 'return [$opened,
            $GLOBALS["wpdb"]->get_var("SELECT COUNT(*) FROM wp_dormouse_certificate"), $failures];');
        self::assertSame(array_fill_keys(array_keys(self::NO_STEP), 0), $opened);
        self::assertSame(['8', []], [$certificates, $failures]);
        self::assertSame([], self::$redis->intake());
    }

    public function test_second_certificate_for_the_same_step_grants_nothing_more(): void
    {
        [$first] = $this->run_site('return [$issue($A), $issue($A)];');
        self::assertSame(["grant:main:certificate:$first"], array_column(self::$redis->jobs(), 'key'));
        $this->grant();
        $this->run_site('$issue($A); return 1;');
        self::assertCount(1, self::$redis->jobs());
    }

    public function test_certificate_told_twice_has_the_same_key(): void
    {
        $this->run_site('do_action("mbl_certificate_issued", $user, $issue($A)); return 1;');
        self::assertCount(1, array_unique(array_column(self::$redis->jobs(), 'key')));
        self::assertCount(1, self::$site->sql('SELECT * FROM wp_dormouse_bundle_step'));
    }

    public function test_student_who_starts_anew_gets_the_step_again(): void
    {
        $this->run_site('$issue($A); return 1;');
        $this->grant();
        $this->run_site('update_user_meta($user, "mlp_current_step", 0); $issue($A); return 1;');
        self::assertCount(2, array_unique(array_column(self::$redis->jobs(), 'key')));
    }

    public function test_student_whom_somebody_moved_meanwhile_stays_there(): void
    {
        $this->run_site('$issue($A); update_user_meta($user, "mlp_current_step", 2); return 1;');
        $this->grant();
        self::assertSame(['2', 1], $this->run_site('return [$step(), count(get_option("told"))];'));
    }

    public function test_grant_by_another_owner_of_the_route_moves_the_step_at_the_end_of_its_request(): void
    {
        $this->run_site('$issue($A); return 1;');
        $activate = 'wpm_update_user_key_dates($user, wpm_insert_one_user_key(%s, 12, "months"), false, "%s"); return 1;';
        $this->run_site(sprintf($activate, '$B', 'purchase'));
        $this->run_site(sprintf($activate, '$C', 'grant_bridge_program_flow'));
        self::assertSame('', $this->run_site('return $step();'), 'neither is the grant of the step');
        $this->run_site(sprintf($activate, '$B', 'grant_bridge_program_flow'));
        self::assertSame(['1', 1], $this->run_site('return [$step(), count(get_option("told"))];'));
    }

    public function test_listener_that_throws_is_told_of_and_the_step_counts(): void
    {
        $this->run_site('$issue($A); return 1;');
        $failures = $this->run_site('add_action("mlp_program_step_granted", static function () { throw new Error("mine"); });
            ' . $this->grant_call() . 'return $failures;');
        self::assertStringContainsString('mlp_program_step_granted: Error: mine', $failures[0]);
        self::assertSame(['1', 1], $this->run_site('return [$step(), count(get_option("told"))];'));
    }

    public function test_where_ml_bundle_courses_is_active_or_the_switch_is_off_nothing_is_done(): void
    {
        self::$site->run('update_option("active_plugins", array_merge(get_option("active_plugins"), ["ml-bundle-courses/ml-bundle-courses.php"])); return 1;');
        $this->run_site('$issue($A); return 1;');
        self::$site->run('update_option("active_plugins", array_diff(get_option("active_plugins"), ["ml-bundle-courses/ml-bundle-courses.php"])); return 1;');
        $this->run_site('$issue($A); return 1;', ['DORMOUSE_BUNDLE_COURSES' => false]);
        self::assertSame([], self::$redis->intake());
        $this->run_site('$issue($A); return 1;');
        self::assertCount(1, self::$redis->jobs());
    }

    public function test_program_with_a_broken_step_is_told_of_and_retried_when_it_is_mended(): void
    {
        $failures = $this->run_site('$good = get_post_meta($program, "mlp_steps", true);
            update_post_meta($program, "mlp_steps", [$good[0], ["duration" => 0] + $good[1], $good[2]]);
            $issue($A); update_post_meta($program, "mlp_steps", $good); return $failures;');
        self::assertStringContainsString('duration must be a whole number', $failures[0]);
        self::assertSame([], self::$redis->intake());
        self::assertSame([0, "Success: 1 enqueued\n"], self::$site->wp('bundle', 'retry'));
        self::assertCount(1, self::$redis->jobs());
    }

    public function test_command_lists_steps_under_way_and_says_which_cannot_be_retried(): void
    {
        [$user, $program, $A, $B, $id] = $this->run_site('return [$user, $program, $A, $B, $issue($A)];');
        $list = self::$site->wp('bundle', 'list');
        self::assertSame(0, $list[0]);
        self::assertStringStartsWith(implode("\t", [$id, $user, $program, 0, $A, $B]) . "\t" . gmdate('Y-m-d'), $list[1]);
        self::$site->sql('UPDATE wp_dormouse_bundle_step SET program_id = 99999');
        self::assertSame([0, "Warning: certificate $id: the program is gone\nSuccess: 0 enqueued\n"], self::$site->wp('bundle', 'retry'));
        $this->grant();
        self::assertSame([0, ''], self::$site->wp('bundle', 'list'));
    }

    public function test_program_reads_what_is_stored_and_survives_what_should_not_be(): void
    {
        $program = Program::read([['term_id' => 25, 'duration' => 30, 'units' => 'day'], ['term_id' => '26', 'duration' => '2', 'units' => 'Years'],
            ['term_id' => 27, 'duration' => 3], 'nonsense', ['term_id' => -1, 'duration' => -1]]);
        self::assertSame(['term_id' => 25, 'duration' => 30, 'units' => 'days'], $program->step_at(0));
        self::assertSame(['term_id' => 26, 'duration' => 24, 'units' => 'months'], $program->step_at(1));
        self::assertSame(['term_id' => 27, 'duration' => 3, 'units' => 'months'], $program->step_at(2));
        self::assertSame([0, 0, 0], [$program->level(3), $program->level(4), $program->level(5)]);
        self::assertNull($program->step_at(5));
        foreach ([null, '', 'text', 5, new stdClass()] as $nothing) {
            self::assertNull(Program::read($nothing)->step_at(0));
        }
    }

    /** Does what the worker would make the site do with the last job. */
    private function grant(): void
    {
        $this->run_site($this->grant_call() . 'return 1;');
    }

    private function grant_call(): string
    {
        $jobs = self::$redis->jobs();
        $args = (array) end($jobs)->args;
        return 'Dormouse\Grant\Granter::grant(' . var_export(['user' => ['email' => $args['email']],
            'grant' => array_intersect_key($args, ['term_id' => 1, 'duration' => 1, 'units' => 1]),
            'external_id' => $args['external_id'], 'source' => $args['source']], true) . ');';
    }

    /** @return mixed */
    private function run_site(string $php, array $defines = [])
    {
        return self::$site->run(self::SETUP . $php, $defines);
    }
}
