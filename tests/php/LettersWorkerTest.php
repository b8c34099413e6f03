<?php

use DormouseTest\MailServer;
use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use DormouseTest\Worker;
use DormouseTest\WorkerTables;
use PHPUnit\Framework\TestCase;

/** The plugin, the built program and a mail server: letters as they are read, sleepers as they are listed. */
final class LettersWorkerTest extends TestCase
{
    private static $site;
    private static $redis;
    private static $mail;
    private static $worker;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$mail = new MailServer();
        self::$site = new Site(array_merge(Worker::constants(self::$redis), ['--define=DORMOUSE_UNSUBSCRIBE=1', '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0']));
        self::$site->define(array_fill_keys(['DORMOUSE_KEY', 'DORMOUSE_KEY_ID'], null));
        // The site stands behind something that speaks TLS; and it has a say in its letters.
        file_put_contents(self::$site->dir . '/wp-content/mu-plugins/school.php', '<?php
            add_filter("dormouse_unsubscribe_url", static function ($url) { return preg_replace("~^http://[^/]+~", "https://school.example.test", $url); });
            add_filter("wpm_user_mail_shortcode_replacement", static function ($message) { return str_replace("[of_the_school]", "<i>filtered</i>", $message); });');
        self::$site->run('update_option("date_format", "d.m.Y"); return 1;');
        self::$worker = new Worker(self::$site, self::$redis, (string) getenv('DORMOUSE_PROGRAM'),
            'reminder-email: {host: 127.0.0.1, port: ' . self::$mail->port . ', tls: none, from: school@example.test, from_name: School, per_minute: 60000, domain_per_minute: 60000}');
    }

    public static function tearDownAfterClass(): void
    {
        self::$worker = self::$site = self::$mail = self::$redis = null;
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_test_letter_arrives_as_the_site_renders_it_and_is_in_no_ledger(): void
    {
        $level = $this->level();
        $job = self::$site->run("return \Dormouse\Jobs\ReminderEmail::test(1, $level, '1', time())->enqueue();");
        $mail = $this->mail_to('admin@example.test');
        self::assertSame('admin, «Рисунок & "свет"» ждёт', $mail['headers']['subject']);
        $link = trim($mail['headers']['list-unsubscribe'], '<>');
        self::assertMatchesRegularExpression('~\Ahttps://school\.example\.test/\?dormouse_unsubscribe=1\.[\w.-]+\z~', $link);
        self::assertSame('List-Unsubscribe=One-Click', $mail['headers']['list-unsubscribe-post']);
        self::assertStringStartsWith("<p>Dear admin,<br />\n<i>filtered</i> &amp; «Рисунок &amp; &quot;свет&quot;»</p>", $mail['html']);
        self::assertStringContainsString('<a href="' . $link . '">No more reminders from this site</a>', $mail['html']);
        Process::eventually(static function () use ($job): bool {
            return (self::$worker->job($job)['state'] ?? '') === 'done';
        });
        self::assertSame([], self::$site->sql("SELECT 1 FROM wp_dormouse_reminder WHERE term_id = $level"));
    }

    public function test_sleepers_that_the_program_finds_are_those_that_the_site_lists(): void
    {
        $level = $this->level();
        $student = $this->student('sleepy', $level);
        [$code, $output] = self::$worker->run('scan');
        self::assertSame(0, $code, $output);
        $listed = self::$site->run("\$run = \Dormouse\Sleepers\Run::newest(); return [\$run->as_of, \$run->count($level, '', ''), \$run->page($level, '', '', 1, 20)];");
        $lapse = gmdate('Y-m-d', strtotime('-5 days'));
        self::assertSame([gmdate('Y-m-d'), 1], array_slice($listed, 0, 2));
        self::assertSame([[(string) $student, $lapse, '5']], array_map('array_values', $listed[2]));
    }

    public function test_letter_that_is_due_arrives_and_one_to_who_unsubscribed_does_not(): void
    {
        $level = $this->level();
        $reader = $this->student('reader', $level);
        $leaver = $this->student('leaver', $level);
        $token = self::$site->run("return explode('=', \Dormouse\Letters\Unsubscribe::link(get_userdata($leaver), $level), 2)[1];");
        self::assertSame(200, self::$worker->web()->send('POST', "/?dormouse_unsubscribe=$token", 'List-Unsubscribe=One-Click')['status']);
        foreach ([$leaver => 'suppressed', $reader => 'sent'] as $user => $state) {
            WorkerTables::insert(self::$site, 'reminder', ['user_id' => $user, 'term_id' => $level, 'lapse' => gmdate('Y-m-d', strtotime('-5 days')), 'stage' => '1',
                'state' => 'planned', 'due_at' => 1, 'created_at' => 1, 'updated_at' => 1]);
            $row = self::$site->sql("SELECT id FROM wp_dormouse_reminder WHERE user_id = $user")[0]['id'];
            self::$site->run("return \Dormouse\Client::enqueue('reminder-email', ['reminder' => $row]);");
            Process::eventually(static function () use ($row, $state): bool {
                return self::$site->sql("SELECT state FROM wp_dormouse_reminder WHERE id = $row")[0]['state'] === $state;
            }, 30);
        }
        $mail = $this->mail_to(self::$site->run("return get_userdata($reader)->user_email;"));
        self::assertStringContainsString('Dear ' . self::$site->run("return get_userdata($reader)->display_name;"), $mail['html']);
        self::assertSame([], self::$mail->mails_to(self::$site->run("return get_userdata($leaver)->user_email;")));
        // The hash that the plugin makes is the one that the worker makes.
        $rows = self::$site->sql("SELECT address_hash FROM wp_dormouse_reminder WHERE user_id = $reader");
        self::assertSame(self::$site->run("return \Dormouse\Letters\Suppression::hash(get_userdata($reader)->user_email);"), $rows[0]['address_hash']);
    }

    private function level(): int
    {
        return self::$site->run('$level = wp_insert_term("«Рисунок & \"свет\"»", "wpm-levels", ["slug" => "c" . wp_rand()])["term_id"];
            foreach (["mlm_enabled" => "1", "mlm_email_1_days" => "3", "mlm_email_1_subject" => "[user_name], [course_name] ждёт",
                "mlm_email_1_body" => "Dear [user_name],\n[of_the_school] &amp; [course_name]"] as $key => $value) { update_term_meta($level, $key, $value); }
            return $level;');
    }

    /** Whose access to the level ended five days ago. */
    private function student(string $name, int $level): int
    {
        return self::$site->run('require_once WP_PLUGIN_DIR . "/member-luxe/fixtures.php"; $user = member_luxe_fixture_user("' . $name . '" . wp_rand());
            member_luxe_fixture_key($user, ["level" => "here", "start" => -65, "end" => -5], ["here" => ' . $level . '], time()); return $user;');
    }

    private function mail_to(string $address): array
    {
        Process::eventually(static function () use ($address): bool {
            return self::$mail->mails_to($address) !== [];
        }, 30);
        return self::$mail->mails_to($address)[0];
    }
}
