<?php

use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The ledger of certificates: how each came about, written while it is known, and nobody's trouble when it fails. */
final class CertificatesTest extends TestCase
{
    private const SETUP = '
        $user = username_exists("vera") ?: wp_insert_user(["user_login" => "vera", "user_email" => "vera@example.test",
            "user_pass" => "x", "role" => "customer"]);
        $term = (int) (term_exists("Course", "wpm-levels") ?: wp_insert_term("Course", "wpm-levels"))["term_id"];
        $activate = static function () use ($user, $term) {
            wpm_update_user_key_dates($user, wpm_insert_one_user_key($term, 1, "days"), false, "purchase"); };
        $failures = [];
        add_action("dormouse_failure", static function ($message) use (&$failures) { $failures[] = $message; });';

    private static $site;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--prefix=blog7_']);
        self::$site->define(['DORMOUSE_REDIS_PATH' => '/nowhere/redis.sock']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function setUp(): void
    {
        self::$site->run('Dormouse\Schema::install(); return 1;');
        foreach (['memberlux_certificate', 'dormouse_certificate', 'memberlux_hook', 'termmeta'] as $table) {
            self::$site->sql("DELETE FROM blog7_$table");
        }
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_certificate_of_an_activation_is_auto_and_one_given_by_hand_is_manual(): void
    {
        [$user, $term] = self::$site->run(self::SETUP . 'update_term_meta($term, "_mblc_how_to_issue", "auto"); $activate();
            mbl_certificates_issue($user, $term, "2020-01-01"); return [$user, $term];');
        $rows = $this->ledger();
        self::assertSame(['AUTO', 'MANUAL'], array_column($rows, 'how'));
        foreach ($rows as $row) {
            self::assertSame([(string) $user, (string) $term], [$row['user_id'], $row['term_id']]);
            self::assertEqualsWithDelta(time(), strtotime($row['created_at'] . ' UTC'), 30);
        }
        $issued = array_column(self::$site->sql('SELECT certificate_id FROM blog7_memberlux_certificate'), 'certificate_id');
        self::assertSame($issued, array_column($rows, 'certificate_id'));
    }

    public function test_renewal_of_an_automatic_level_adds_a_row_for_its_second_certificate(): void
    {
        self::$site->run(self::SETUP . 'update_term_meta($term, "_mblc_how_to_issue", "auto"); $activate(); $activate(); return 1;');
        self::assertSame(['AUTO', 'AUTO'], array_column($this->ledger(), 'how'));
    }

    public function test_automatic_certificate_told_again_later_stays_automatic(): void
    {
        self::$site->run(self::SETUP . 'update_term_meta($term, "_mblc_how_to_issue", "auto"); $activate(); return 1;');
        self::$site->run('do_action("mbl_certificate_issued", 1, ' . $this->ledger()[0]['certificate_id'] . '); return 1;');
        self::assertSame(['AUTO'], array_column($this->ledger(), 'how'));
    }

    public function test_certificate_that_was_not_stored_and_strange_arguments_are_left_alone(): void
    {
        self::$site->run('do_action("mbl_certificate_issued", 1, 0);
            foreach ([[], [null, "x"], [[], new stdClass()], [1, -5]] as $args) { Dormouse\Certificates\Ledger::issued(...$args); }
            return 1;');
        self::assertSame([], $this->ledger());
    }

    public function test_certificate_that_is_gone_already_is_noted_without_its_level(): void
    {
        self::$site->run('do_action("mbl_certificate_issued", 12, 999); return 1;');
        self::assertSame([['999', '12', '0', 'MANUAL']], array_map(static function (array $row): array {
            return array_values(array_slice($row, 0, 4));
        }, $this->ledger()));
    }

    public function test_missing_table_is_made_on_the_way(): void
    {
        self::$site->sql('DROP TABLE blog7_dormouse_certificate');
        self::$site->run(self::SETUP . 'mbl_certificates_issue($user, $term, "2026-11-21"); return 1;');
        self::assertSame(['MANUAL'], array_column($this->ledger(), 'how'));
    }

    public function test_ledger_that_cannot_be_written_is_told_and_the_certificate_is_issued_all_the_same(): void
    {
        self::$site->sql('ALTER TABLE blog7_dormouse_certificate ADD COLUMN filler int NOT NULL, DROP COLUMN how');
        [$id, $failures] = self::$site->run(self::SETUP . '$id = mbl_certificates_issue($user, $term, "2026-11-21");
            return [$id, $failures];');
        self::$site->sql('DROP TABLE blog7_dormouse_certificate');
        self::assertGreaterThan(0, $id);
        self::assertSame(["certificate $id: its row could not be written"], $failures);
    }

    public function test_plugin_that_was_updated_gets_its_tables_when_somebody_opens_the_admin(): void
    {
        self::$site->sql('DROP TABLE blog7_dormouse_certificate, blog7_dormouse_version, blog7_dormouse_bundle_step');
        self::$site->run('delete_option("dormouse_schema"); do_action("admin_init"); return 1;');
        self::assertCount(3, self::$site->sql("SHOW TABLES WHERE Tables_in_wordpress IN ('blog7_dormouse_certificate',
            'blog7_dormouse_version', 'blog7_dormouse_bundle_step')"));
        // dbDelta() finds nothing to change in what the statements for the road make.
        self::$site->sql('DROP TABLE blog7_dormouse_certificate');
        self::assertSame([], self::$site->run(self::SETUP . 'mbl_certificates_issue($user, $term, "2026-11-21");
            require_once ABSPATH . "wp-admin/includes/upgrade.php"; return dbDelta(array_values(Dormouse\Schema::tables()));'));
        self::assertSame([['off' => 'no']], self::$site->sql("SELECT autoload AS off FROM blog7_options WHERE option_name = 'dormouse_schema'"));
    }

    private function ledger(): array
    {
        return self::$site->sql('SELECT * FROM blog7_dormouse_certificate ORDER BY certificate_id');
    }
}
