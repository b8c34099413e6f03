<?php

namespace DormouseTest;

/** A private redis-server on a UNIX socket and a loopback port. */
final class RedisServer
{
    public $socket;
    public $port;
    private $process;
    private $options;
    private $admin;

    /** @param string[] $options more words for redis-server; $admin = "user:password" that cli() uses */
    public function __construct(array $options = [], string $admin = '')
    {
        $dir = Process::temp_dir();
        $this->socket = "$dir/redis.sock";
        $this->port = Process::free_port();
        $this->options = array_merge(['--unixsocket', $this->socket, '--port', (string) $this->port, '--bind',
            '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', $dir], $options);
        $this->admin = $admin;
        $this->start();
    }

    public function start(): void
    {
        $this->process = new Process(array_merge(['redis-server'], $this->options));
        Process::eventually(function (): bool {
            return strpos($this->cli('PING'), 'PONG') !== false;
        });
    }

    /** Freezes or wakes it: connections are accepted by the kernel, nothing is answered. */
    public function freeze(bool $on): void
    {
        $this->process->signal($on ? SIGSTOP : SIGCONT);
    }

    public function stop(): void
    {
        $this->process->stop();
    }

    public function cli(string ...$words): string
    {
        $login = $this->admin === '' ? [] : ['--user', strtok($this->admin, ':'), '--pass', strtok(''), '--no-auth-warning'];
        return trim(Process::run(array_merge(['redis-cli', '-s', $this->socket], $login, $words))[1]);
    }

    /** @return string[] envelopes, oldest first */
    public function intake(string $site = 'main', int $database = 0): array
    {
        $redis = new \Redis();
        $redis->connect($this->socket);
        if ($this->admin !== '') {
            $redis->auth(explode(':', $this->admin));
        }
        $redis->select($database);
        return array_reverse($redis->lRange('dormouse:{' . $site . '}:in', 0, -1));
    }

    /** @return \stdClass[] jobs of the intake, oldest first */
    public function jobs(string $site = 'main', int $database = 0): array
    {
        return array_map(static function (string $envelope): \stdClass {
            return json_decode(substr($envelope, (int) strpos($envelope, '{')));
        }, $this->intake($site, $database));
    }
}
