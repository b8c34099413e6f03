<?php

namespace Dormouse\Redis;

use Dormouse\Deadline;

/**
 * The C extension (class Redis), 5.3 or later: older ones reconnect by themselves, without logging in.
 */
final class PhpRedis implements Connection
{
    /** @var \Redis|null */
    private $redis;

    public static function available(): bool
    {
        return extension_loaded('redis') && defined('Redis::OPT_MAX_RETRIES');
    }

    public function open(Endpoint $endpoint, Deadline $limit): void
    {
        $this->close();
        $redis = new \Redis();
        $left = max(0.001, $limit->left());
        $host = $endpoint->scheme === 'tls' ? 'tls://' . $endpoint->host : $endpoint->host;
        $arguments = $endpoint->scheme === 'unix'
            ? [$endpoint->path, 0, $left, null, 0, $left]
            : [$host, $endpoint->port, $left, null, 0, $left];
        if ($endpoint->tls) {
            $arguments[] = ['stream' => $endpoint->tls];
        }
        self::guarded('connect', static function () use ($redis, $arguments) {
            if (!@$redis->connect(...$arguments)) {
                throw new Failure('connect: refused');
            }
            $redis->setOption(\Redis::OPT_MAX_RETRIES, 0);
        });
        $this->redis = $redis;
        // Not auth(), which waits twice for a server that is silent.
        foreach ($endpoint->opening_commands() as $words) {
            $this->command($words, $limit);
        }
    }

    public function command(array $words, Deadline $limit)
    {
        $redis = $this->redis;
        $name = $words[0];
        if ($redis === null || $limit->passed()) {
            throw Failure::timed_out($name);
        }
        $reply = self::guarded($name, static function () use ($redis, $words, $limit) {
            $redis->clearLastError();
            $redis->setOption(\Redis::OPT_READ_TIMEOUT, max(0.001, $limit->left()));
            return $redis->rawCommand(...$words);
        });
        $error = $redis->getLastError();
        if ($error !== null) {
            throw Failure::reply($name, $error);
        }
        if ($reply === false) {
            throw new Failure($name . ': no answer');
        }
        // What the other drivers give for a status.
        return $reply === true ? 'OK' : $reply;
    }

    public function close(): void
    {
        if ($this->redis !== null) {
            try {
                @$this->redis->close();
            } catch (\RedisException $ignored) {
                // It is gone either way.
            }
            $this->redis = null;
        }
    }

    /** @return mixed */
    private static function guarded(string $name, callable $operation)
    {
        try {
            return @$operation();
        } catch (\RedisException $e) {
            // Some error replies come as exceptions.
            $answered = preg_match('/\A[A-Z]{3,}\b/', $e->getMessage()) === 1;
            throw $answered ? Failure::reply($name, $e->getMessage()) : new Failure($name . ': ' . $e->getMessage());
        }
    }
}
