<?php

use Dormouse\Redis\Endpoint;
use PHPUnit\Framework\TestCase;

/** Which server and which database: the object cache's database is never used silently. */
final class EndpointTest extends TestCase
{
    public static function choices(): array
    {
        $cache = ['host' => '10.0.0.5', 'port' => 6380, 'database' => 2, 'password' => 'pw'];
        return [
            'nothing configured: own socket' => [[], null, 'unix:///run/dormouse/redis.sock database 0', 'default'],
            'own host' => [['host' => 'redis.local'], null, 'tcp://redis.local:6379 database 0', 'own'],
            'own port only' => [['port' => 6390], null, 'tcp://127.0.0.1:6390 database 0', 'own'],
            'own path' => [['path' => '/run/r.sock'], null, 'unix:///run/r.sock database 0', 'own'],
            'own scheme rediss' => [['scheme' => 'rediss', 'host' => 'h'], null, 'tls://h:6379 database 0', 'own'],
            'host with scheme' => [['host' => 'tls://h', 'port' => 1], null, 'tls://h:1 database 0', 'own'],
            'host that is a path' => [['host' => '/run/r.sock', 'port' => 0], null, 'unix:///run/r.sock database 0', 'own'],
            'own database' => [['host' => 'h', 'database' => 5], null, 'tcp://h:6379 database 5', 'own'],
            'cache: its server, next database' => [[], $cache, 'tcp://10.0.0.5:6380 database 3', 'cache'],
            'cache without a host' => [[], ['database' => 0], 'tcp://127.0.0.1:6379 database 1', 'cache'],
            'cache on a socket' => [[], ['scheme' => 'unix', 'path' => '/c.sock'], 'unix:///c.sock database 1', 'cache'],
            'cache in the last database' => [[], ['database' => 15] + $cache, 'tcp://10.0.0.5:6380 database 0', 'cache'],
            'cache, own database' => [['database' => 7], $cache, 'tcp://10.0.0.5:6380 database 7', 'cache'],
            'cache, own database is the cache\'s: as told' => [['database' => 2], $cache, 'tcp://10.0.0.5:6380 database 2', 'cache'],
            'own server beside a cache elsewhere' => [['host' => 'q'], $cache, 'tcp://q:6379 database 0', 'own'],
            'own server is the cache\'s' => [['host' => '10.0.0.5', 'port' => 6380], $cache, 'tcp://10.0.0.5:6380 database 3', 'own'],
            'own port of the cache\'s host' => [['host' => '10.0.0.5'], $cache, 'tcp://10.0.0.5:6379 database 0', 'own'],
            'localhost is 127.0.0.1' => [['host' => 'localhost'], ['host' => '127.0.0.1'], 'tcp://localhost:6379 database 1', 'own'],
            'a local socket may be the local server' => [['path' => '/r.sock'], ['host' => '127.0.0.1'], 'unix:///r.sock database 1', 'own'],
        ];
    }

    /** @dataProvider choices */
    public function test_choice(array $own, ?array $cache, string $expected, string $from): void
    {
        $endpoint = Endpoint::choose($own, $cache);
        self::assertSame($expected, $endpoint->describe());
        self::assertSame($from, $endpoint->from);
    }

    public function test_the_caches_password_goes_to_no_other_server(): void
    {
        $cache = ['host' => '10.0.0.5', 'password' => ['user', 'secret']];
        $inherited = Endpoint::choose([], $cache);
        self::assertSame(['user', 'secret'], [$inherited->username, $inherited->password]);
        self::assertSame(['', ''], [Endpoint::choose(['host' => 'q'], $cache)->username, Endpoint::choose(['host' => 'q'], $cache)->password]);
    }

    public function test_shared_database_is_recognised(): void
    {
        $cache = Endpoint::read(['scheme' => 'tcp', 'database' => 3]);
        self::assertTrue(Endpoint::choose(['host' => 'localhost', 'database' => 3], null)->is_database_of($cache));
        self::assertFalse(Endpoint::choose(['host' => 'localhost', 'database' => 4], null)->is_database_of($cache));
    }

    public function test_timeout_is_kept_between_50_ms_and_1_s(): void
    {
        self::assertSame(0.5, Endpoint::choose([], null)->timeout);
        self::assertSame(1.0, Endpoint::choose(['timeout' => 30], null)->timeout);
        self::assertSame(0.05, Endpoint::choose(['timeout' => 0], null)->timeout);
    }

    public function test_description_never_has_the_password(): void
    {
        $endpoint = Endpoint::choose(['host' => 'h', 'username' => 'u', 'password' => 'hunter2'], null);
        self::assertStringNotContainsString('hunter2', $endpoint->describe());
    }
}
