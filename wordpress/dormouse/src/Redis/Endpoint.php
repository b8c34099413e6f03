<?php

namespace Dormouse\Redis;

/**
 * Where the queue's Redis is and how to log in.
 *
 * The rule of choice, in `choose()`: the site's DORMOUSE_REDIS_* first; else the server of the object cache
 * (WP_REDIS_*), but never silently its database, because `wp cache flush` empties that; else the socket of Dormouse's
 * own Redis.
 */
final class Endpoint
{
    public const DEFAULT_PATH = '/run/dormouse/redis.sock';
    /** Redis has 16 databases unless configured otherwise. */
    private const DATABASES = 16;
    private const SHORTEST = 0.05;
    private const LONGEST = 1.0;

    /** @var string tcp, tls or unix */
    public $scheme = 'unix';
    /** @var string */
    public $host = '127.0.0.1';
    /** @var int */
    public $port = 6379;
    /** @var string of the socket */
    public $path = self::DEFAULT_PATH;
    /** @var string empty = the default user */
    public $username = '';
    /** @var string empty = no log-in */
    public $password = '';
    /** @var int */
    public $database = 0;
    /** @var float seconds for everything one enqueue does with Redis: connect, log in, push */
    public $timeout = 0.5;
    /** @var array PHP's ssl context options */
    public $tls = [];
    /** @var string own, cache or default: who named the server */
    public $from = 'default';
    /** @var bool the database was not configured and is not 0, to keep away from the cache's */
    public $moved = false;

    /**
     * @param array      $own   scheme, host, port, path, username, password, database, timeout, tls; absent = not set
     * @param array|null $cache the same of the object cache; null = no object cache in Redis
     */
    public static function choose(array $own, ?array $cache): self
    {
        $names_server = array_intersect_key($own, ['scheme' => 1, 'host' => 1, 'port' => 1, 'path' => 1]) !== [];
        $cached = $cache === null ? null : self::read($cache + ['scheme' => 'tcp']);
        if ($names_server || $cached === null) {
            $chosen = self::read($own);
            $chosen->from = $names_server ? 'own' : 'default';
        } else {
            $chosen = self::read(array_merge($cache + ['scheme' => 'tcp'], $own));
            $chosen->from = 'cache';
        }
        if (!isset($own['database'])) {
            $chosen->moved = $cached !== null && $chosen->same_server($cached);
            $chosen->database = $chosen->moved ? ($cached->database + 1) % self::DATABASES : 0;
        }
        return $chosen;
    }

    /** For people: never with the password. */
    public function describe(): string
    {
        $place = $this->scheme === 'unix' ? $this->path : $this->host . ':' . $this->port;
        return $this->scheme . '://' . $place . ' database ' . $this->database;
    }

    /** Is this the very database that the object cache empties on a flush? */
    public function is_database_of(self $cache): bool
    {
        return $this->database === $cache->database && $this->same_server($cache);
    }

    /** One endpoint as written in constants; the shapes that object cache plugins accept are all understood. */
    public static function read(array $raw): self
    {
        $out = new self();
        $host = (string) ($raw['host'] ?? '');
        $scheme = strtolower((string) ($raw['scheme'] ?? ''));
        if (preg_match('~\A([a-z]+)://(.*)\z~i', $host, $parts) === 1) {
            $scheme = strtolower($parts[1]);
            $host = $parts[2];
        }
        $path = (string) ($raw['path'] ?? '');
        if ($host !== '' && $host[0] === '/') {
            $path = $host;
            $host = '';
            $scheme = 'unix';
        }
        if ($scheme === '') {
            $scheme = $path !== '' || $host === '' && !isset($raw['port']) ? 'unix' : 'tcp';
        }
        $out->scheme = ['redis' => 'tcp', 'rediss' => 'tls', 'ssl' => 'tls'][$scheme] ?? $scheme;
        $out->host = $host !== '' ? $host : $out->host;
        $out->port = (int) ($raw['port'] ?? $out->port);
        $out->path = $path !== '' ? $path : $out->path;
        $out->read_login($raw);
        $out->database = max(0, (int) ($raw['database'] ?? 0));
        $out->timeout = min(self::LONGEST, max(self::SHORTEST, (float) ($raw['timeout'] ?? $out->timeout)));
        $out->tls = is_array($raw['tls'] ?? null) ? $raw['tls'] : [];
        return $out;
    }

    /** The password may be [user, password], as phpredis takes it. */
    private function read_login(array $raw): void
    {
        $password = $raw['password'] ?? '';
        $username = $raw['username'] ?? '';
        if (is_array($password)) {
            $password = array_values($password);
            $username = count($password) > 1 ? $password[0] : $username;
            $password = $password ? end($password) : '';
        }
        $this->username = (string) $username;
        $this->password = (string) $password;
    }

    /**
     * What a fresh connection says first: who it is, and which database it wants.
     *
     * @return array<int, string[]>
     */
    public function opening_commands(): array
    {
        $commands = [];
        if ($this->password !== '') {
            $login = $this->username !== '' ? [$this->username, $this->password] : [$this->password];
            $commands[] = array_merge(['AUTH'], $login);
        }
        if ($this->database !== 0) {
            $commands[] = ['SELECT', (string) $this->database];
        }
        return $commands;
    }

    private function same_server(self $other): bool
    {
        if (($this->scheme === 'unix') !== ($other->scheme === 'unix')) {
            // A socket and a port may well lead to the same server; assume so if both are on this machine.
            return $this->is_local() && $other->is_local();
        }
        if ($this->scheme === 'unix') {
            return $this->path === $other->path;
        }
        $same_host = $this->host === $other->host || $this->is_local() && $other->is_local();
        return $same_host && $this->port === $other->port;
    }

    private function is_local(): bool
    {
        return $this->scheme === 'unix' || in_array($this->host, ['127.0.0.1', 'localhost', '::1', '[::1]'], true);
    }
}
