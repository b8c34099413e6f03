<?php

use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** "Test connection" against real servers, first of all under exactly the rights that Dormouse ships for a site. */
final class SettingsProbeTest extends TestCase
{
    private const INTAKE = 'dormouse:{main}:in';
    /** Debian's package, as a site's other plugin would load it. */
    private const PREDIS = 'require_once "/usr/share/php/Predis/Autoloader.php"; \Predis\Autoloader::register();';
    private const PASSWORD = 'the producer\'s password';

    private static $site;
    private static $shipped;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site(['--plugins=dormouse']);
        self::$shipped = new RedisServer(['--aclfile', self::shipped_rights()], 'operator:operator');
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = self::$shipped = null;
    }

    public static function drivers(): array
    {
        return ['phpredis' => ['phpredis'], 'predis' => ['predis'], 'socket' => ['socket']];
    }

    /** @dataProvider drivers */
    public function test_shipped_rights_are_enough_and_nothing_is_pushed(string $driver): void
    {
        $findings = $this->probe(['path' => self::$shipped->socket, 'username' => 'producer', 'password' => self::PASSWORD], $driver);
        self::assertSame(['good', 'note', 'good', 'note', 'note'], array_column($findings, 'level'), json_encode($findings));
        $texts = implode("\n", array_column($findings, 'text'));
        self::assertStringContainsString('as user producer', $texts);
        self::assertStringContainsString('cannot read or empty the queue', $texts);
        self::assertStringContainsString('Whether a worker is running cannot be seen from here', $texts);
        self::assertSame('0', self::$shipped->cli('DBSIZE'));
        $job = self::$site->run(self::PREDIS . 'return \Dormouse\Client::enqueue("grant", ["user_id" => 1]);', ['DORMOUSE_REDIS_PATH' => self::$shipped->socket,
            'DORMOUSE_REDIS_USERNAME' => 'producer', 'DORMOUSE_REDIS_PASSWORD' => self::PASSWORD, 'DORMOUSE_REDIS_CLIENT' => $driver]);
        self::assertSame([$job], array_column(self::$shipped->jobs(), 'id'));
        self::$shipped->cli('FLUSHALL');
    }

    public function test_wrong_password_is_bad_and_not_repeated(): void
    {
        foreach (['phpredis', 'predis', 'socket'] as $driver) {
            $findings = $this->probe(['path' => self::$shipped->socket, 'username' => 'producer', 'password' => 'wrong-word'], $driver);
            self::assertSame([['level' => 'bad', 'text' => 'Redis refuses the log-in: check user and password.']], $findings, $driver);
        }
        self::assertSame('bad', $this->probe(['path' => self::$shipped->socket])[0]['level']);
    }

    public function test_database_that_may_not_be_chosen_is_bad(): void
    {
        $findings = $this->probe(['path' => self::$shipped->socket, 'username' => 'producer', 'password' => self::PASSWORD, 'database' => 3]);
        self::assertSame(['bad'], array_column($findings, 'level'));
        self::assertStringContainsString('SELECT: NOPERM', $findings[0]['text']);
    }

    public function test_account_that_may_ask_is_told_what_it_lacks_or_has_too_much(): void
    {
        $redis = new RedisServer(['--maxmemory-policy', 'allkeys-lru']);
        foreach (['phpredis', 'predis', 'socket'] as $driver) {
            $all = $this->probe(['path' => $redis->socket], $driver);
            self::assertSame(['good', 'good', 'warning', 'warning', 'note'], array_column($all, 'level'), $driver . json_encode($all));
        }
        self::assertStringContainsString('may LPUSH to ' . self::INTAKE, $all[1]['text']);
        self::assertStringContainsString('allkeys-lru', $all[3]['text']);
        $redis->cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
        self::assertSame('good', $this->probe(['path' => $redis->socket])[3]['level']);

        $redis->cli('ACL', 'SETUSER', 'elsewhere', 'on', '>p', '+@all', '~dormouse:{other}:*');
        $elsewhere = $this->probe(['path' => $redis->socket, 'username' => 'elsewhere', 'password' => 'p']);
        self::assertSame('bad', $elsewhere[1]['level']);
        self::assertStringContainsString('check its rights and the site name', $elsewhere[1]['text']);
        $redis->cli('ACL', 'SETUSER', 'reader', 'on', '>p', '+@all', '-lpush', '~*');
        self::assertSame('bad', $this->probe(['path' => $redis->socket, 'username' => 'reader', 'password' => 'p'])[1]['level']);
        self::assertSame('0', $redis->cli('DBSIZE'));
    }

    public function test_policy_is_read_from_info_where_config_is_forbidden(): void
    {
        $redis = new RedisServer(['--maxmemory-policy', 'volatile-lru']);
        $redis->cli('ACL', 'SETUSER', 'p', 'on', '>p', 'resetkeys', '-@all', '+lpush', '+info', '~' . self::INTAKE);
        $findings = $this->probe(['path' => $redis->socket, 'username' => 'p', 'password' => 'p']);
        self::assertStringContainsString('volatile-lru', $findings[3]['text']);
    }

    public function test_replica_is_bad(): void
    {
        $redis = new RedisServer(['--replicaof', '127.0.0.1', '1']);
        $findings = $this->probe(['path' => $redis->socket]);
        self::assertContains('This Redis is a replica and takes no jobs. Connect to its master.', array_column($findings, 'text'));
    }

    public function test_server_that_is_silent_or_absent_is_bad_in_time(): void
    {
        $redis = new RedisServer();
        $redis->freeze(true);
        try {
            $start = microtime(true);
            $findings = $this->probe(['path' => $redis->socket, 'timeout' => 0.2]);
            self::assertLessThan(10.0, microtime(true) - $start);
        } finally {
            $redis->freeze(false);
        }
        self::assertSame(['bad'], array_column($findings, 'level'));
        $absent = $this->probe(['host' => '127.0.0.1', 'port' => Process::free_port()]);
        self::assertSame(['bad'], array_column($absent, 'level'));
        self::assertStringContainsString('Cannot reach tcp://127.0.0.1:', $absent[0]['text']);
    }

    private function probe(array $endpoint, string $driver = 'socket'): array
    {
        return self::$site->run(self::PREDIS . '$endpoint = \Dormouse\Redis\Endpoint::read(json_decode(' . var_export(json_encode($endpoint), true) . ', true));
            if (\Dormouse\Redis\Session::driver("' . $driver . '") !== "' . $driver . '") { return "no such driver"; }
            return (new \Dormouse\Redis\Probe($endpoint, "' . $driver . '"))->run("' . self::INTAKE . '");');
    }

    /** The shipped file as docs/install.md fills it in. */
    private static function shipped_rights(): string
    {
        $file = Process::temp_dir() . '/redis.acl';
        file_put_contents($file, strtr(file_get_contents(__DIR__ . '/../../systemd/dormouse-redis.acl'), [
            '@SITE@' => 'main',
            '@PRODUCER_SHA256@' => hash('sha256', self::PASSWORD),
            '@WORKER_SHA256@' => hash('sha256', 'worker'),
            '@OPERATOR_SHA256@' => hash('sha256', 'operator'),
        ]));
        return $file;
    }
}
