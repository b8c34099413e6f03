<?php

use Dormouse\Deadline;
use Dormouse\Redis\Endpoint;
use Dormouse\Redis\Failure;
use Dormouse\Redis\PhpRedis;
use Dormouse\Redis\Predis;
use Dormouse\Redis\Session;
use Dormouse\Redis\Socket;
use DormouseTest\Process;
use DormouseTest\RedisServer;
use PHPUnit\Framework\TestCase;

/** All three drivers against a real redis-server: they must behave alike. */
final class DriversTest extends TestCase
{
    private const LIST = 'dormouse:{main}:in';

    private static $redis;
    private static $locked;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        $users = '--user admin on >root-password ~* &* +@all --user default off --user producer on >only-lpush'
            . ' resetkeys resetchannels -@all ~' . self::LIST . ' +lpush';
        self::$locked = new RedisServer(explode(' ', $users), 'admin:root-password');
    }

    public static function tearDownAfterClass(): void
    {
        self::$redis = self::$locked = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
    }

    public static function drivers(): array
    {
        return ['phpredis' => ['phpredis'], 'predis' => ['predis'], 'socket' => ['socket']];
    }

    /** @dataProvider drivers */
    public function test_driver_asked_for_is_used(string $driver): void
    {
        self::assertSame($driver, Session::driver($driver));
        $class = ['phpredis' => PhpRedis::class, 'predis' => Predis::class, 'socket' => Socket::class][$driver];
        self::assertTrue($class::available());
    }

    public function test_extension_is_preferred(): void
    {
        self::assertSame('phpredis', Session::driver(''));
        self::assertSame('phpredis', Session::driver('relay'));
    }

    /** @dataProvider drivers */
    public function test_pushes_over_a_socket_byte_for_byte(string $driver): void
    {
        $bytes = "v1.k.0\n{\"a\":\"\0\xff\r\n🐭\"}";
        $session = $this->session($driver, ['path' => self::$redis->socket]);
        self::assertSame(1, $session->command(['LPUSH', self::LIST, $bytes]));
        self::assertSame(3, $session->command(['LPUSH', self::LIST, 'second', 'third']));
        self::assertSame([$bytes, 'second', 'third'], self::$redis->intake());
    }

    /** @dataProvider drivers */
    public function test_pushes_over_tcp_into_the_database_asked_for(string $driver): void
    {
        $session = $this->session($driver, ['port' => self::$redis->port, 'database' => 3]);
        $session->command(['LPUSH', self::LIST, 'job']);
        self::assertSame(['job'], self::$redis->intake('main', 3));
        self::assertSame([], self::$redis->intake('main', 0));
    }

    /** @dataProvider drivers */
    public function test_connection_that_was_cut_is_made_anew_in_the_same_database(string $driver): void
    {
        $session = $this->session($driver, ['port' => self::$redis->port, 'database' => 3]);
        $session->command(['LPUSH', self::LIST, 'one']);
        self::$redis->cli('CLIENT', 'KILL', 'TYPE', 'normal');
        $session->command(['LPUSH', self::LIST, 'two']);
        self::assertSame(['one', 'two'], self::$redis->intake('main', 3));
        self::assertSame([], self::$redis->intake('main', 0));
    }

    /** @dataProvider drivers */
    public function test_user_who_may_only_lpush_can_enqueue_and_nothing_else(string $driver): void
    {
        $own = ['path' => self::$locked->socket, 'username' => 'producer', 'password' => 'only-lpush'];
        $session = $this->session($driver, $own);
        self::assertGreaterThan(0, $session->command(['LPUSH', self::LIST, "job of $driver"]));
        self::assertContains("job of $driver", self::$locked->intake());
        foreach ([['PING'], ['LPUSH', 'other', 'x'], ['GET', 'x']] as $forbidden) {
            $failure = $this->failure($session, $forbidden);
            self::assertTrue($failure->answered);
            self::assertSame('NOPERM', $failure->code_word());
        }
        // A refused command leaves the connection usable.
        self::assertGreaterThan(0, $session->command(['LPUSH', self::LIST, 'again']));
    }

    /** @dataProvider drivers */
    public function test_wrong_password_is_told_without_the_password(string $driver): void
    {
        $own = ['path' => self::$locked->socket, 'username' => 'producer', 'password' => 'wrong-secret'];
        $failure = $this->failure($this->session($driver, $own), ['LPUSH', self::LIST, 'x']);
        self::assertTrue($failure->answered);
        self::assertSame('WRONGPASS', $failure->code_word());
        self::assertStringNotContainsString('wrong-secret', $failure->getMessage());
    }

    /** @dataProvider drivers */
    public function test_password_without_a_user(string $driver): void
    {
        self::$redis->cli('CONFIG', 'SET', 'requirepass', 'sesame');
        try {
            $session = $this->session($driver, ['path' => self::$redis->socket, 'password' => 'sesame']);
            self::assertSame(1, $session->command(['LPUSH', self::LIST, 'x']));
            $failure = $this->failure($this->session($driver, ['path' => self::$redis->socket]), ['LPUSH', self::LIST, 'x']);
            self::assertSame('NOAUTH', $failure->code_word());
        } finally {
            $this->session('socket', ['path' => self::$redis->socket, 'password' => 'sesame'])
                ->command(['CONFIG', 'SET', 'requirepass', '']);
        }
    }

    /** @dataProvider drivers */
    public function test_error_reply_is_an_answer(string $driver): void
    {
        self::$redis->cli('SET', self::LIST, 'not a list');
        $failure = $this->failure($this->session($driver, ['path' => self::$redis->socket]), ['LPUSH', self::LIST, 'x']);
        self::assertTrue($failure->answered);
        self::assertSame('WRONGTYPE', $failure->code_word());
    }

    /** @dataProvider drivers */
    public function test_nobody_listening_fails_at_once(string $driver): void
    {
        foreach ([['path' => '/nonexistent/redis.sock'], ['port' => Process::free_port()]] as $own) {
            [$failure, $seconds] = $this->timed_failure($this->session($driver, $own + ['timeout' => 1]));
            self::assertFalse($failure->answered);
            self::assertLessThan(0.95, $seconds);
        }
    }

    /** @dataProvider drivers */
    public function test_silence_ends_at_the_timeout(string $driver): void
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        $port = (int) substr(strrchr(stream_socket_get_name($server, false), ':'), 1);
        $logins = [[], ['password' => 'p'], ['username' => 'u', 'password' => 'p'], ['database' => 2], ['scheme' => 'tls']];
        foreach ($logins as $login) {
            [$failure, $seconds] = $this->timed_failure($this->session($driver, $login + ['port' => $port, 'timeout' => 0.9]));
            self::assertFalse($failure->answered);
            self::assertGreaterThan(0.85, $seconds);
            self::assertLessThan(1.75, $seconds, 'one wait for all steps');
        }
        fclose($server);
    }

    /** @dataProvider drivers */
    public function test_server_that_freezes_between_two_jobs_costs_one_timeout(string $driver): void
    {
        $session = $this->session($driver, ['path' => self::$redis->socket, 'timeout' => 0.9]);
        $session->command(['LPUSH', self::LIST, 'x']);
        self::$redis->freeze(true);
        try {
            [$small, $seconds] = $this->timed_failure($session);
            // More than the socket's buffer takes: a blocking write would wait for ever.
            [$large, $more] = $this->timed_failure($session, str_repeat('x', 2000000));
        } finally {
            self::$redis->freeze(false);
        }
        self::assertFalse($small->answered || $large->answered);
        self::assertLessThan(1.75, $seconds);
        self::assertLessThan(1.75, $more);
        self::assertGreaterThan(0, $session->command(['LPUSH', self::LIST, 'after']));
    }

    /** @dataProvider drivers */
    public function test_server_that_dies_between_two_jobs_fails_at_once_and_serves_after_its_return(string $driver): void
    {
        $redis = new RedisServer();
        $session = $this->session($driver, ['path' => $redis->socket, 'timeout' => 1]);
        $session->command(['LPUSH', self::LIST, 'x']);
        $redis->stop();
        [$failure, $seconds] = $this->timed_failure($session);
        self::assertFalse($failure->answered);
        self::assertLessThan(0.95, $seconds);
        $redis->start();
        self::assertSame(1, $session->command(['LPUSH', self::LIST, 'y']));
    }

    /** @dataProvider drivers */
    public function test_something_that_is_not_redis_is_a_failure(string $driver): void
    {
        $server = new Process(['python3', '-c', 'import socket,sys
s=socket.socket(); s.bind(("127.0.0.1",int(sys.argv[1]))); s.listen()
while True:
    c,_=s.accept(); c.recv(10); c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"); c.close()', (string) ($port = Process::free_port())]);
        Process::eventually(static function () use ($port): bool {
            return (bool) @stream_socket_client("tcp://127.0.0.1:$port");
        });
        [, $seconds] = $this->timed_failure($this->session($driver, ['port' => $port, 'timeout' => 1]));
        self::assertLessThan(0.95, $seconds);
        $server->stop();
    }

    /** @dataProvider drivers */
    public function test_tls_with_a_checked_certificate(string $driver): void
    {
        $dir = Process::temp_dir();
        exec("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
            . " -addext subjectAltName=DNS:localhost -keyout $dir/key -out $dir/cert 2>/dev/null");
        $port = Process::free_port();
        $redis = new RedisServer(['--tls-port', (string) $port, '--tls-cert-file', "$dir/cert", '--tls-key-file',
            "$dir/key", '--tls-auth-clients', 'no', '--tls-ca-cert-file', "$dir/cert"]);
        $own = ['scheme' => 'tls', 'host' => 'localhost', 'port' => $port, 'timeout' => 1];
        // First the stranger: Predis 1 leaves its TLS options in the default context of the process.
        self::assertFalse($this->failure($this->session($driver, $own), ['LPUSH', self::LIST, 'x'])->answered);
        $good = $this->session($driver, $own + ['tls' => ['cafile' => "$dir/cert"]]);
        self::assertSame(1, $good->command(['LPUSH', self::LIST, str_repeat('x', 200000)]));
        self::assertCount(1, $redis->intake());
    }

    public function test_command_after_its_deadline_is_not_sent(): void
    {
        $session = $this->session('socket', ['path' => self::$redis->socket]);
        $late = Deadline::in(0.0);
        self::assertTrue($late->passed());
        $this->expectException(Failure::class);
        $session->command(['LPUSH', self::LIST, 'x'], $late);
    }

    private function session(string $driver, array $own): Session
    {
        return new Session(Endpoint::choose($own, null), $driver);
    }

    private function failure(Session $session, array $words): Failure
    {
        try {
            $session->command($words);
        } catch (Failure $failure) {
            return $failure;
        }
        self::fail(implode(' ', $words) . ' did not fail');
    }

    /** @return array{0:Failure,1:float} */
    private function timed_failure(Session $session, string $value = 'x'): array
    {
        $start = microtime(true);
        $failure = $this->failure($session, ['LPUSH', self::LIST, $value]);
        return [$failure, microtime(true) - $start];
    }
}
