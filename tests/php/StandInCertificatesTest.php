<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The stand-in of the certificates plugin: what it writes, tells and forgets. */
final class StandInCertificatesTest extends TestCase
{
    private const SETUP = '
        $user = username_exists("vera") ?: wp_insert_user(["user_login" => "vera", "user_email" => "v@example.test",
            "user_pass" => "x", "first_name" => "Vera", "role" => "customer"]);
        $term = (int) (term_exists("Course", "wpm-levels") ?: wp_insert_term("Course", "wpm-levels"))["term_id"];
        $grant = static function () use ($user, $term) { wpm_update_user_key_dates($user, wpm_insert_one_user_key($term, 1, "days")); };
        $seen = [];
        add_action("mbl_certificate_issued", static function (...$args) use (&$seen) {
            $seen[] = array_merge($args, [doing_action("wpm_update_user_key_dates")]); }, 20, 9);';

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
        self::$site->sql('DELETE FROM wp_memberlux_certificate');
        self::$site->sql('DELETE FROM wp_termmeta');
        array_map('unlink', glob(self::$site->dir . '/mail/*.json'));
    }

    public function test_auto_certificate_is_issued_inside_the_activation_and_again_at_a_renewal(): void
    {
        [$user, $seen] = self::$site->run(self::SETUP . 'update_term_meta($term, "_mblc_how_to_issue", "auto");
            $grant(); $grant(); return [$user, $seen];');
        $rows = self::$site->sql('SELECT certificate_id, number, date_issue, create_date, responsible_person
            FROM wp_memberlux_certificate');
        self::assertSame([[$user, (int) $rows[0]['certificate_id'], true], [$user, (int) $rows[1]['certificate_id'], true]], $seen);
        $today = gmdate('Y-m-d');
        self::assertSame([sprintf('%05d', $user), $today, $today, '0'], array_slice(array_values($rows[1]), 1));
        $mails = glob(self::$site->dir . '/mail/*.json');
        self::assertCount(2, $mails);
        self::assertStringContainsString('Well done, Vera', file_get_contents($mails[0]));
    }

    public function test_level_that_is_not_auto_gets_none_by_itself(): void
    {
        self::$site->run(self::SETUP . '$grant(); update_term_meta($term, "_mblc_how_to_issue", "AUTO"); $grant(); return 1;');
        self::assertSame([], self::$site->sql('SELECT * FROM wp_memberlux_certificate'));
    }

    public function test_administrator_gives_one_by_hand_on_an_auto_level_and_a_coach_may_not(): void
    {
        $deliver = self::SETUP . 'update_term_meta($term, "_mblc_how_to_issue", "auto");
            $coach = username_exists("coach") ?: wp_insert_user(["user_login" => "coach", "user_email" => "c@example.test",
                "user_pass" => "x", "role" => "coach"]);
            wp_set_current_user(%s);
            $_POST = ["user_id" => $user, "term_id" => $term, "date_issue" => "2020-02-03"];
            add_filter("wp_doing_ajax", "__return_true");
            add_filter("wp_die_ajax_handler", static function () { return static function () { throw new Exception(); }; });
            ob_start();
            try { do_action("wp_ajax_ml_certificate_delivery"); } catch (Exception $e) { $answer = json_decode(ob_get_clean(), true); }
            return [$answer["success"], $seen];';
        self::assertSame([false, []], self::$site->run(sprintf($deliver, '$coach')));
        [$success, $seen] = self::$site->run(sprintf($deliver, '1'));
        self::assertSame([true, false], [$success, $seen[0][2]]);
        self::assertSame([['date_issue' => '2020-02-03', 'create_date' => gmdate('Y-m-d'), 'responsible_person' => '1']],
            self::$site->sql('SELECT date_issue, create_date, responsible_person FROM wp_memberlux_certificate'));
    }

    public function test_reading_throws_when_there_is_none_and_a_failed_insert_tells_the_id_zero(): void
    {
        $out = self::$site->run(self::SETUP . '
            $id = Certificate::create($user, "C", 1, $term, "A", "B", "C", "2026-01-02", "S", 0, "2026-01-03", "Course");
            $found = Certificate::getCertificate($id);
            Certificate::update($id, ["series" => "T"]);
            $series = Certificate::getCertificate($id)->series;
            Certificate::delete($id);
            try { Certificate::getCertificate($id); } catch (Exception $e) { $gone = true; }
            $silent = Certificate::insertCertificate(["user_id" => $user, "wpmlevel_id" => $term, "certificate_name" => "C",
                "certificate_template_id" => 1, "date_issue" => "2026-01-02", "series" => "", "number" => "", "create_date" => "2026-01-02"]);
            $GLOBALS["wpdb"]->suppress_errors();
            $GLOBALS["wpdb"]->query("RENAME TABLE wp_memberlux_certificate TO away");
            $failed = Certificate::create($user, "C", 1, $term, "A", "B", "C", "2026-01-02", "S", 0, "2026-01-03", "Course");
            $GLOBALS["wpdb"]->query("RENAME TABLE away TO wp_memberlux_certificate");
            return [$found->user_id === $user, $found->responsible_person, $found->date_issue, $series, $gone, $silent > 0,
                $failed, count($seen), $seen[1][1]];');
        self::assertSame([true, '0', '2026-01-02', 'T', true, true, 0, 2, 0], $out);
    }

    public function test_saving_a_level_changes_its_certificates_and_without_the_tick_forgets_the_settings(): void
    {
        $out = self::$site->run(self::SETUP . '
            update_term_meta($term, "_mblc_how_to_issue", "auto"); $grant();
            $_POST["mblc"] = ["_mblc_has_certificate" => "yes", "_mblc_how_to_issue" => "auto", "_mblc_course_name" => "New",
                "_mblc_certificate_series" => "ZZ", "_mblc_template_id" => "7"];
            wp_update_term($term, "wpm-levels");
            $kept = get_term_meta($term, "_mblc_course_name", true);
            $_POST["mblc"] = ["_mblc_has_certificate" => ""];
            wp_update_term($term, "wpm-levels");
            return [$kept, array_keys((array) get_term_meta($term))];');
        self::assertSame(['New', []], $out);
        self::assertSame([['series' => 'ZZ', 'course_name' => 'New', 'certificate_template_id' => '7']],
            self::$site->sql('SELECT series, course_name, certificate_template_id FROM wp_memberlux_certificate'));
    }

    public function test_without_a_licence_there_is_no_class(): void
    {
        self::assertTrue(self::$site->run('update_option("wpm_key_data", ["type" => "api"]); return class_exists("Certificate");'));
        self::assertFalse(self::$site->run('update_option("wpm_key_data", ["type" => "cerificates"]); return class_exists("Certificate");'));
        self::assertTrue(self::$site->run('return class_exists("Certificate");'));
    }
}
