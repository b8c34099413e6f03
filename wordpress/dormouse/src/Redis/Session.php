<?php

namespace Dormouse\Redis;

use Dormouse\Deadline;

/** A connection that opens when it is first needed and once more when an old one turns out to be dead. */
final class Session
{
    /** Larger requests may fill the socket's buffer, and two of the drivers would then wait without a limit. */
    private const LARGE = 65536;
    private const DRIVERS = ['phpredis' => PhpRedis::class, 'predis' => Predis::class, 'socket' => Socket::class];

    /** @var Endpoint */
    private $endpoint;
    /** @var Connection */
    private $connection;
    /** @var bool */
    private $open = false;

    /** @param string $driver phpredis, predis, socket; anything else = the first that the site has */
    public function __construct(Endpoint $endpoint, string $driver = '')
    {
        $this->endpoint = $endpoint;
        $class = self::DRIVERS[self::driver($driver)];
        $this->connection = new $class();
    }

    public static function driver(string $wanted): string
    {
        $order = isset(self::DRIVERS[$wanted]) ? [$wanted => self::DRIVERS[$wanted]] + self::DRIVERS : self::DRIVERS;
        foreach ($order as $name => $class) {
            if ($class::available()) {
                return $name;
            }
        }
        return 'socket';
    }

    /**
     * One command, within the endpoint's timeout in all.
     *
     * @param string[] $words
     * @return int|string|array|null
     * @throws Failure
     */
    public function command(array $words, ?Deadline $limit = null)
    {
        $limit = $limit ?? Deadline::in($this->endpoint->timeout);
        $fresh = !$this->open;
        try {
            return $this->attempt($words, $limit);
        } catch (Failure $e) {
            if ($e->answered) {
                throw $e;
            }
            $this->close();
            // A connection of an earlier call may have been closed meanwhile; a new one deserves no second try.
            if ($fresh) {
                throw $e;
            }
        }
        try {
            return $this->attempt($words, $limit);
        } catch (Failure $e) {
            if (!$e->answered) {
                $this->close();
            }
            throw $e;
        }
    }

    public function close(): void
    {
        $this->connection->close();
        $this->open = false;
    }

    /** @return int|string|array|null */
    private function attempt(array $words, Deadline $limit)
    {
        if (!$this->open) {
            try {
                $this->connection->open($this->endpoint, $limit);
            } catch (Failure $e) {
                $this->connection->close();
                throw $e;
            }
            $this->open = true;
        }
        if (array_sum(array_map('strlen', $words)) > self::LARGE) {
            $this->ping($limit);
        }
        return $this->connection->command($words, $limit);
    }

    /** Any answer will do: the producer's account may be allowed nothing but LPUSH. */
    private function ping(Deadline $limit): void
    {
        try {
            $this->connection->command(['PING'], $limit);
        } catch (Failure $e) {
            if (!$e->answered) {
                throw $e;
            }
        }
    }
}
