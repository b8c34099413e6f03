<?php

namespace Dormouse\Redis;

use Dormouse\Deadline;

/** The C extension (class Redis). */
final class PhpRedis implements Connection
{
    /** @var \Redis|null */
    private $redis;

    public static function available(): bool
    {
        return extension_loaded('redis') && class_exists('Redis', false);
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
            // The extension would reconnect by itself, again and again; we decide that.
            if (defined('Redis::OPT_MAX_RETRIES')) {
                $redis->setOption(\Redis::OPT_MAX_RETRIES, 1);
            }
        });
        $this->redis = $redis;
        // Through the extension's own calls, so that it knows the state of its connection.
        if ($endpoint->password !== '') {
            $login = $endpoint->username !== '' ? [$endpoint->username, $endpoint->password] : $endpoint->password;
            $this->call('AUTH', $limit, static function () use ($redis, $login) {
                return $redis->auth($login);
            });
        }
        if ($endpoint->database !== 0) {
            $this->call('SELECT', $limit, static function () use ($redis, $endpoint) {
                return $redis->select($endpoint->database);
            });
        }
    }

    public function command(array $words, Deadline $limit)
    {
        $redis = $this->redis;
        return $this->call($words[0], $limit, static function () use ($redis, $words) {
            return $redis->rawCommand(...$words);
        });
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
    private function call(string $name, Deadline $limit, callable $operation)
    {
        $redis = $this->redis;
        if ($redis === null || $limit->passed()) {
            throw Failure::timed_out($name);
        }
        $reply = self::guarded($name, static function () use ($redis, $limit, $operation) {
            $redis->clearLastError();
            $redis->setOption(\Redis::OPT_READ_TIMEOUT, max(0.001, $limit->left()));
            return $operation();
        });
        $error = $redis->getLastError();
        if ($error !== null) {
            throw Failure::reply($name, $error);
        }
        if ($reply === false) {
            throw new Failure($name . ': no answer');
        }
        return $reply;
    }

    /** @return mixed */
    private static function guarded(string $name, callable $operation)
    {
        try {
            return @$operation();
        } catch (\RedisException $e) {
            // Logging in throws for an error reply too.
            $answered = preg_match('/\A(ERR|WRONGPASS|NOAUTH|NOPERM|LOADING|DENIED)\b/', $e->getMessage()) === 1;
            throw $answered ? Failure::reply($name, $e->getMessage()) : new Failure($name . ': ' . $e->getMessage());
        }
    }
}
