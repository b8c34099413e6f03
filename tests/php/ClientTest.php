<?php

use DormouseTest\EnvelopeReader;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** Dormouse\Client in a real WordPress: Redis there, away, silent, and back. */
final class ClientTest extends TestCase
{
    private const ENQUEUE = 'return \Dormouse\Client::enqueue("grant", ["user_id" => 7], ["key" => "grant:7"]);';
    private const TIMED = '$start = microtime(true);
        $id = \Dormouse\Client::enqueue("grant", ["user_id" => 7]);
        return ["id" => $id, "seconds" => microtime(true) - $start];';

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
        self::$redis->cli('CONFIG', 'RESETSTAT');
        self::$site->sql('DELETE FROM wp_dormouse_outbox');
        self::$site->sql("DELETE FROM wp_options WHERE option_name LIKE 'dormouse%'");
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public static function drivers(): array
    {
        return ['phpredis' => ['phpredis'], 'predis' => ['predis'], 'socket' => ['socket']];
    }

    /** @dataProvider drivers */
    public function test_job_arrives_signed_and_readable(string $driver): void
    {
        $load = "require_once '/usr/share/php/Predis/Autoloader.php'; Predis\\Autoloader::register();";
        $id = self::$site->run($load . self::ENQUEUE, ['DORMOUSE_REDIS_CLIENT' => $driver]);
        $envelopes = self::$redis->intake();
        self::assertCount(1, $envelopes);
        [$reason, $job] = $this->reader()->read($envelopes[0]);
        self::assertNull($reason);
        self::assertSame($id, $job->id);
        self::assertSame('grant:7', $job->key);
        self::assertSame([], self::$site->outbox());
    }

    public function test_several_jobs_travel_in_one_command_and_keep_their_order(): void
    {
        $ids = self::$site->run('return \Dormouse\Client::enqueue_all(["a" => ["grant", ["n" => 1]], "b" => ["Bad Kind"],
            "c" => ["grant", ["n" => 2], ["priority" => "low"]]]);');
        self::assertSame(['a', 'b', 'c'], array_keys($ids));
        self::assertFalse($ids['b']);
        self::assertSame([$ids['a'], $ids['c']], array_column(self::$redis->jobs(), 'id'));
        self::assertStringContainsString('cmdstat_lpush:calls=1,', self::$redis->cli('INFO', 'commandstats'));
    }

    public function test_bad_job_returns_false_with_the_reason_and_sends_nothing(): void
    {
        $result = self::$site->run('return [\Dormouse\Client::enqueue("grant", [1, 2]), \Dormouse\Client::last_error(),
            \Dormouse\Client::enqueue(null, null, null), \Dormouse\Client::enqueue(["x"], "y", 5)];');
        self::assertSame([false, 'args must have names, this is a list', false, false], $result);
        self::assertSame([], self::$redis->intake());
        self::assertSame([], self::$site->outbox());
    }

    public function test_without_a_key_jobs_are_unsigned(): void
    {
        self::$site->run(self::ENQUEUE, ['DORMOUSE_KEY' => '']);
        self::assertSame('{', self::$redis->intake()[0][0]);
    }

    public function test_settings_come_from_the_option_where_no_constant_is(): void
    {
        self::$site->run('update_option("dormouse_settings", ["site" => "shop", "redis_database" => 4]); return 1;');
        self::$site->run(self::ENQUEUE);
        self::assertCount(1, self::$redis->intake('shop', 4));
        self::$site->run(self::ENQUEUE, ['DORMOUSE_SITE' => 'main', 'DORMOUSE_REDIS_DATABASE' => 5]);
        self::assertCount(1, self::$redis->intake('main', 5));
    }

    public function test_filter_may_change_the_connection(): void
    {
        self::$site->run('add_filter("dormouse_redis", static function ($own) { return ["database" => 6] + $own; });' . self::ENQUEUE);
        self::assertCount(1, self::$redis->intake('main', 6));
    }

    public function test_server_of_the_object_cache_is_used_but_not_its_database(): void
    {
        $cache = ['WP_REDIS_SCHEME' => 'unix', 'WP_REDIS_PATH' => self::$redis->socket, 'WP_REDIS_DATABASE' => 2,
            'DORMOUSE_REDIS_PATH' => null];
        self::$site->run(self::ENQUEUE, $cache);
        self::assertCount(1, self::$redis->intake('main', 3));
        self::assertSame([], self::$redis->intake('main', 2));
        self::$site->run(self::ENQUEUE, $cache + ['DORMOUSE_REDIS_DATABASE' => 9]);
        self::assertCount(1, self::$redis->intake('main', 9));
    }

    public function test_redis_away_puts_the_job_into_the_outbox_quickly(): void
    {
        $result = self::$site->run(self::TIMED, ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        self::assertLessThan(5.0, $result['seconds']);
        $rows = self::$site->outbox();
        self::assertCount(1, $rows);
        self::assertSame('0', $rows[0]['attempts']);
        self::assertStringContainsString('No such file', $rows[0]['last_error']);
        self::assertEqualsWithDelta(time(), strtotime($rows[0]['created_at'] . ' UTC'), 10);
        [$reason, $job] = $this->reader()->read($rows[0]['envelope']);
        self::assertNull($reason);
        self::assertSame($result['id'], $job->id);
    }

    public function test_silent_redis_costs_one_wait_and_later_requests_none(): void
    {
        $silent = stream_socket_server('tcp://127.0.0.1:0');
        $port = (int) substr(strrchr(stream_socket_get_name($silent, false), ':'), 1);
        $defines = ['DORMOUSE_REDIS_PATH' => null, 'DORMOUSE_REDIS_PORT' => $port, 'DORMOUSE_REDIS_TIMEOUT' => 0.9];
        $first = self::$site->run(self::TIMED, $defines);
        self::assertGreaterThan(0.85, $first['seconds']);
        self::assertLessThan(1.75, $first['seconds']);
        $second = self::$site->run('$out = [];
            for ($n = 0; $n < 3; $n++) { $out[] = (static function () { ' . self::TIMED . ' })(); } return $out;', $defines);
        self::assertLessThan(0.85, array_sum(array_column($second, 'seconds')));
        self::assertCount(4, self::$site->outbox());
        fclose($silent);
    }

    public function test_after_the_pause_one_request_tries_for_all(): void
    {
        self::$site->run(self::ENQUEUE, ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock', 'DORMOUSE_REDIS_PAUSE' => 30]);
        self::$site->sql("UPDATE wp_options SET option_value = '1000' WHERE option_name = 'dormouse_redis_down_until'");
        $allowed = self::$site->run('$first = \Dormouse\Circuit::allows(time());
            $reflection = new ReflectionProperty(\Dormouse\Circuit::class, "until");
            $reflection->setAccessible(true);
            $reflection->setValue(null, []);
            return [$first, \Dormouse\Circuit::allows(time())];');
        self::assertSame([true, false], $allowed);
    }

    public function test_outbox_is_moved_at_the_end_of_a_later_request_in_order(): void
    {
        $ids = self::$site->run('$ids = []; for ($n = 0; $n < 25; $n++) {
            $ids[] = \Dormouse\Client::enqueue("grant", ["n" => $n]); } return $ids;', ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        self::assertCount(25, self::$site->outbox());
        self::$site->run('return 1;');
        self::assertCount(25, self::$site->outbox(), 'Redis is left alone during the pause');
        self::$site->sql("UPDATE wp_options SET option_value = '1000' WHERE option_name = 'dormouse_redis_down_until'");
        self::$site->run('return 1;');
        self::assertCount(5, self::$site->outbox(), 'one batch per request');
        self::$site->run('return 1;');
        self::assertSame([], self::$site->outbox());
        self::assertSame($ids, array_column(self::$redis->jobs(), 'id'));
        self::assertSame([], self::$site->sql("SELECT option_name FROM wp_options WHERE option_name LIKE 'dormouse\\_%'"));
    }

    public function test_drain_that_fails_keeps_the_rows_and_says_why(): void
    {
        self::$site->run(self::ENQUEUE, ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        self::$site->sql("DELETE FROM wp_options WHERE option_name = 'dormouse_redis_down_until'");
        self::$redis->cli('SET', 'dormouse:{main}:in', 'not a list');
        self::$site->run('return 1;');
        $rows = self::$site->outbox();
        self::assertCount(1, $rows);
        self::assertSame('1', $rows[0]['attempts']);
        self::assertStringContainsString('WRONGTYPE', $rows[0]['last_error']);
    }

    public function test_bytes_of_every_kind_survive_the_outbox(): void
    {
        self::$site->run('return \Dormouse\Client::enqueue("grant", ["t" => "Соня 🐭 \' \" % \\\\ \u{0}"]);',
            ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock', 'DB_CHARSET' => 'latin1']);
        [$reason, $job] = $this->reader()->read(self::$site->outbox()[0]['envelope']);
        self::assertNull($reason);
        self::assertSame("Соня 🐭 ' \" % \\ \0", $job->args->t);
    }

    public function test_largest_job_fits_the_outbox(): void
    {
        $id = self::$site->run('return \Dormouse\Client::enqueue("grant", ["t" => str_repeat("x", 261900)]);',
            ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        self::assertIsString($id);
        self::assertGreaterThan(261900, strlen(self::$site->outbox()[0]['envelope']));
    }

    public function test_missing_outbox_table_is_made_when_it_is_needed(): void
    {
        $columns = 'SHOW CREATE TABLE wp_dormouse_outbox';
        $before = self::$site->sql($columns)[0]['Create Table'];
        self::$site->sql('DROP TABLE wp_dormouse_outbox');
        self::assertIsString(self::$site->run(self::ENQUEUE, ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']));
        $after = self::$site->sql($columns)[0]['Create Table'];
        $plain = static function (string $text): string {
            return preg_replace('/AUTO_INCREMENT=\d+ /', '', $text);
        };
        self::assertSame($plain($before), $plain($after));
        self::assertCount(1, self::$site->outbox());
    }

    public function test_neither_redis_nor_outbox_is_false_and_the_page_goes_on(): void
    {
        self::$site->sql('RENAME TABLE wp_dormouse_outbox TO kept');
        self::$site->sql('CREATE TABLE wp_dormouse_outbox (id int)');
        try {
            $result = self::$site->run('return [\Dormouse\Client::enqueue("grant"), \Dormouse\Client::last_error()];',
                ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        } finally {
            self::$site->sql('DROP TABLE wp_dormouse_outbox');
            self::$site->sql('RENAME TABLE kept TO wp_dormouse_outbox');
        }
        self::assertSame([false, 'neither Redis nor the outbox table took the job'], $result);
    }

    public function test_secrets_reach_no_log(): void
    {
        self::$site->run(self::ENQUEUE, ['DORMOUSE_REDIS_PASSWORD' => 'hunter2-secret', 'DORMOUSE_REDIS_USERNAME' => 'who']);
        self::$site->run(self::ENQUEUE, ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        self::assertStringContainsString('dormouse: redis:', self::$site->log());
        self::assertStringNotContainsString('hunter2-secret', self::$site->log());
        self::assertStringNotContainsString('a-key-of-the-php-tests', self::$site->log());
    }

    public function test_two_pages_draining_at_once_lose_nothing_and_repeat_nothing(): void
    {
        self::$site->run(self::ENQUEUE, ['DORMOUSE_REDIS_PATH' => '/nonexistent.sock']);
        $moved = self::$site->run('global $wpdb;
            $other = new mysqli("localhost", DB_USER, DB_PASSWORD, DB_NAME, 0, substr(DB_HOST, strlen("localhost:")));
            $name = "dormouse_outbox_" . md5(DB_NAME . \Dormouse\Outbox::table());
            $other->query("SELECT GET_LOCK(\'$name\', 0)");
            $push = static function () { throw new LogicException("not ours"); };
            return \Dormouse\Outbox::drain($push);');
        self::assertSame(0, $moved);
        self::assertCount(1, self::$site->outbox());
    }

    private function reader(): EnvelopeReader
    {
        return new EnvelopeReader(['kid' => 'k1', 'key' => 'a-key-of-the-php-tests', 'site' => 'main',
            'now' => (int) (microtime(true) * 1000)]);
    }
}
