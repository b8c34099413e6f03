<?php

namespace Dormouse\Redis;

/**
 * What can be learnt about a Redis without pushing anything, by an account that may do as little as LPUSH on one key.
 *
 * Redis checks the number of arguments before it checks rights, so the right to LPUSH cannot be tried out without a
 * push. An account that may ask (ACL DRYRUN, Redis 7) is told; for one that may not, the first job is the proof.
 */
final class Probe
{
    public const GOOD = 'good';
    public const NOTE = 'note';
    public const WARNING = 'warning';
    public const BAD = 'bad';
    /** The worker needs it. */
    private const OLDEST = '6.2';

    /** @var Session */
    private $session;
    /** @var Endpoint */
    private $endpoint;
    /** @var array<int,array{level:string,text:string}> */
    private $findings = [];

    public function __construct(Endpoint $endpoint, string $driver)
    {
        $this->endpoint = $endpoint;
        $this->session = new Session($endpoint, $driver);
    }

    /**
     * @param string $intake the list that the site pushes to
     * @return array<int,array{level:string,text:string}> `bad` = jobs would not arrive
     */
    public function run(string $intake): array
    {
        $this->findings = [];
        try {
            $this->connect();
            $this->look_at_server();
            $this->look_at_rights($intake);
            $this->look_at_policy();
            $this->tell(self::NOTE, __('Whether a worker is running cannot be seen from here: a site may only push. On the server, "dormouse doctor" tells.', 'dormouse'));
        } catch (Failure $e) {
            $this->tell(self::BAD, $this->why($e));
        } finally {
            $this->session->close();
        }
        return $this->findings;
    }

    /** @param array<int,array{level:string,text:string}> $findings @return string[] texts of the bad ones */
    public static function faults(array $findings): array
    {
        $bad = array_filter($findings, static function (array $finding): bool {
            return $finding['level'] === self::BAD;
        });
        return array_values(array_column($bad, 'text'));
    }

    /** @throws Failure when Redis is away or refuses our log-in or database; that PING itself is forbidden is fine */
    public static function ping(Session $session): void
    {
        try {
            $session->command(['PING']);
        } catch (Failure $e) {
            if (strncmp($e->getMessage(), 'PING: NOPERM', 12) !== 0) {
                throw $e;
            }
        }
    }

    /** @throws Failure `answered` when the account may not ask */
    public static function eviction_policy(Session $session): string
    {
        try {
            $reply = $session->command(['CONFIG', 'GET', 'maxmemory-policy']);
            if (is_array($reply) && count($reply) === 2) {
                return (string) end($reply);
            }
        } catch (Failure $e) {
            if (!$e->answered) {
                throw $e;
            }
        }
        $info = $session->command(['INFO', 'memory']);
        if (is_string($info) && preg_match('/^maxmemory_policy:([a-z-]+)/m', $info, $found) === 1) {
            return $found[1];
        }
        throw new Failure('INFO: not the answer expected', true);
    }

    private function connect(): void
    {
        self::ping($this->session);
        $user = $this->endpoint->username !== '' ? $this->endpoint->username : 'default';
        /* translators: 1: address, 2: name of a Redis user */
        $this->tell(self::GOOD, sprintf(__('Connected to %1$s as user %2$s.', 'dormouse'), $this->endpoint->describe(), $user));
    }

    /** HELLO needs no right. Before Redis 6 it does not exist. */
    private function look_at_server(): void
    {
        $hello = $this->ask(['HELLO']);
        $facts = [];
        foreach (is_array($hello) ? array_chunk($hello, 2) : [] as $pair) {
            $facts[(string) $pair[0]] = $pair[1] ?? '';
        }
        $version = is_string($facts['version'] ?? null) ? $facts['version'] : '';
        if ($version === '' || version_compare($version, self::OLDEST, '<')) {
            $this->tell(self::WARNING, __('This Redis is older than 6.2; the worker needs 6.2 or later.', 'dormouse'));
        }
        if (in_array($facts['role'] ?? '', ['replica', 'slave'], true)) {
            $this->tell(self::BAD, __('This Redis is a replica and takes no jobs. Connect to its master.', 'dormouse'));
        }
    }

    private function look_at_rights(string $intake): void
    {
        $me = $this->ask(['ACL', 'WHOAMI']);
        $answer = is_string($me) ? $this->ask(['ACL', 'DRYRUN', $me, 'LPUSH', $intake, 'x']) : null;
        if ($answer === 'OK') {
            /* translators: %s: name of a Redis key */
            $this->tell(self::GOOD, sprintf(__('The account may LPUSH to %s.', 'dormouse'), $intake));
        } elseif (is_string($answer)) {
            /* translators: %s: name of a Redis key */
            $this->tell(self::BAD, sprintf(__('The account may not LPUSH to %s: check its rights and the site name.', 'dormouse'), $intake));
        } else {
            /* translators: %s: name of a Redis key */
            $this->tell(self::NOTE, sprintf(__('The account may not ask what it may do, which is right. Whether it may LPUSH to %s is proved by the first job; if it is refused, it waits in the outbox and Site Health says so.', 'dormouse'), $intake));
        }
        if ($this->ask(['LLEN', $intake]) !== null) {
            $this->tell(self::WARNING, __('The account may do more than a site needs, for instance read the queue. LPUSH on one key is enough.', 'dormouse'));
        } else {
            $this->tell(self::GOOD, __('The account cannot read or empty the queue.', 'dormouse'));
        }
    }

    private function look_at_policy(): void
    {
        try {
            $policy = self::eviction_policy($this->session);
        } catch (Failure $e) {
            if (!$e->answered) {
                throw $e;
            }
            $this->tell(self::NOTE, __('The account may not ask for maxmemory-policy, which is right. On the server, "dormouse doctor" checks it.', 'dormouse'));
            return;
        }
        if ($policy === 'noeviction') {
            $this->tell(self::GOOD, __('maxmemory-policy is noeviction.', 'dormouse'));
        } else {
            /* translators: %s: name of a Redis policy */
            $this->tell(self::WARNING, sprintf(__('maxmemory-policy is %s. A queue needs noeviction, which a cache does not want: give the queue its own Redis.', 'dormouse'), $policy));
        }
    }

    /**
     * @return mixed the reply; null = refused
     * @throws Failure when Redis is away
     */
    private function ask(array $words)
    {
        try {
            return $this->session->command($words);
        } catch (Failure $e) {
            if (!$e->answered) {
                throw $e;
            }
            return null;
        }
    }

    private function why(Failure $e): string
    {
        if (in_array($e->code_word(), ['WRONGPASS', 'NOAUTH'], true)) {
            return __('Redis refuses the log-in: check user and password.', 'dormouse');
        }
        /* translators: 1: address, 2: error text */
        return sprintf(__('Cannot reach %1$s: %2$s', 'dormouse'), $this->endpoint->describe(), $e->getMessage());
    }

    private function tell(string $level, string $text): void
    {
        $this->findings[] = ['level' => $level, 'text' => $text];
    }
}
