<?php

use DormouseTest\Process;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** `wp dormouse grant`. */
final class GrantCommandTest extends TestCase
{
    private static $site;
    private static $term;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--define=MEMBER_LUXE_KEYS_PER_LEVEL=0', '--define=DORMOUSE_REDIS_PATH=/nonexistent.sock',
            '--define=DORMOUSE_KEY=a-key-of-the-php-tests']);
        self::$term = self::$site->run('return wp_insert_term("Course", "wpm-levels")["term_id"];');
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_command_grants_once_and_prints_the_key(): void
    {
        $words = ['--email=anna@example.test', '--level=' . self::$term, '--duration=6', '--units=months', '--external-id=lead_1',
            '--first-name=Анна'];
        [$code, $output] = $this->wp(...$words);
        self::assertSame(0, $code, $output);
        $key = self::$site->sql('SELECT * FROM wp_memberlux_term_keys')[0];
        self::assertStringContainsString("key: {$key['key']}\n", $output);
        self::assertStringContainsString("date_end: {$key['date_end']}\n", $output);
        self::assertStringContainsString("status: granted\n", $output);
        self::assertStringContainsString("status: already_granted\n", $this->wp(...$words)[1]);
        self::assertSame('grant_bridge_cli', self::$site->sql('SELECT source FROM wp_memberlux_keys_meta')[0]['source']);
        self::assertCount(1, self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));
    }

    public function test_command_takes_unlimited_and_async(): void
    {
        $who = ['--email=ever@example.test', '--level=' . self::$term];
        self::assertStringContainsString("is_unlimited: yes\n", $this->wp('--unlimited', '--external-id=u1', ...$who)[1]);
        [$code, $output] = $this->wp('--unlimited', '--async', '--external-id=u2', ...$who);
        self::assertSame(0, $code, $output);
        self::assertMatchesRegularExpression('/job_id: ([0-9A-Z]{26})\n/', $output);
        preg_match('/job_id: (\S+)/', $output, $found);
        self::assertStringContainsString($found[1], self::$site->outbox()[0]['envelope']);
    }

    public function test_refusal_names_the_member_and_fails(): void
    {
        self::assertSame([1, "Error: dormouse_bad_request: user.email must be an e-mail address of at most 100 characters\n"],
            $this->wp('--email=anna', '--level=1', '--unlimited'));
        self::assertSame([1, "Error: dormouse_no_level: there is no level 999\n"],
            $this->wp('--email=a@example.test', '--level=999', '--unlimited'));
    }

    /** @return array{0:int,1:string} */
    private function wp(string ...$words): array
    {
        return Process::run(array_merge(['php', '-d', 'display_errors=1', '-d', 'error_reporting=' . (E_ALL & ~E_DEPRECATED),
            '-d', 'auto_prepend_file=' . __DIR__ . '/support/wp-cli.php', __DIR__ . '/../support/wordpress/wp-run.php',
            '--define=WP_CLI=true', self::$site->dir, __DIR__ . '/support/wp-command.php', 'grant'], $words));
    }
}
