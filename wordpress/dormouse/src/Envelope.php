<?php

namespace Dormouse;

/**
 * Envelope v1: one job as the text that goes into the intake list.
 *
 * Signed `v1.<kid>.<hex mac>\n{json}` or, without a key, just `{json}`. The MAC covers the very bytes of the JSON, so
 * nobody ever has to re-encode it. Pure: clock and random numbers come in as parameters. The limits here are those of
 * the worker; `tests/golden/envelopes.json` pins both sides.
 */
final class Envelope
{
    public const MAX_BYTES = 262144;
    public const MAX_DEPTH = 32;
    /** Jobs that may follow one another by `then`, the first not counted. */
    public const LONGEST_CHAIN = 4;
    /** 1 January 2100; also catches microseconds. */
    public const MAX_TIME_MS = 4102444800000;
    /** Smaller numbers are seconds that somebody took for milliseconds. */
    private const MIN_TIME_MS = 100000000000;
    private const OPTIONS = [
        'id', 'key', 'at', 'expire', 'queue', 'priority', 'timeout', 'max_attempts', 'trace', 'then',
    ];
    /** Of a job that follows another: its time and its id come from the first one's success. */
    private const FOLLOWER = ['kind', 'args', 'key', 'queue', 'priority', 'timeout', 'max_attempts', 'then'];
    private const PRIORITIES = ['high' => 0, 'normal' => 1, 'low' => 2];
    private const FLAGS = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION;

    /**
     * The unsigned text of a job.
     *
     * @param mixed $kind    what runs it: `[a-z][a-z0-9-]*`, at most 64 characters
     * @param mixed $args    array with names (or an object); an empty array is the empty object
     * @param mixed $options `key` (idempotency key, <= 200 bytes), `at` and `expire` (DateTimeInterface or Unix
     *                       milliseconds), `queue`, `priority` (high|normal|low or 0..2), `timeout` (seconds,
     *                       1..3600), `max_attempts` (1..100), `trace` (<= 128 bytes), `id` (ULID), `then` (the job
     *                       that follows this one's success: array with `kind`, `args` and of these options `key`,
     *                       `queue`, `priority`, `timeout`, `max_attempts`, `then`; at most 4 in a row)
     * @throws InvalidJob
     */
    public static function json(string $site, $kind, $args, $options, string $id, int $now_ms): string
    {
        self::need_match('site', $site, '/\A[a-z0-9_-]{1,32}\z/', '1 to 32 of a-z 0-9 _ -');
        self::need_options($options, self::OPTIONS);
        $id = $options['id'] ?? $id;
        self::need_match('id', $id, Ulid::PATTERN, 'a ULID of 26 characters');

        $job = ['v' => 1, 'id' => $id, 'kind' => self::kind($kind), 'site' => $site, 'args' => self::named($args)];
        $job += self::checked_options($options);
        $job['iat'] = $now_ms;
        if (isset($options['trace'])) {
            $job['trace'] = self::text('trace', $options['trace'], 128);
        }
        if (isset($options['then'])) {
            $job['then'] = self::follower($options['then'], 'then');
        }
        $json = json_encode($job, self::FLAGS, self::MAX_DEPTH);
        if ($json === false) {
            throw new InvalidJob('args cannot be written as JSON: ' . json_last_error_msg());
        }
        return $json;
    }

    /** @throws InvalidJob when the whole text is too large */
    public static function sign(string $json, string $key_id, string $key): string
    {
        self::need_match('key id', $key_id, '/\A[A-Za-z0-9_-]{1,32}\z/', '1 to 32 of A-Z a-z 0-9 _ -');
        $mac = hash_hmac('sha256', "dormouse.v1\n" . $key_id . "\n" . $json, $key);
        return self::bounded('v1.' . $key_id . '.' . $mac . "\n" . $json);
    }

    /** @throws InvalidJob when the text is larger than a worker accepts */
    public static function bounded(string $text): string
    {
        if (strlen($text) > self::MAX_BYTES) {
            throw new InvalidJob(
                'the job is ' . strlen($text) . ' bytes, more than ' . self::MAX_BYTES . ': pass ids, not contents'
            );
        }
        return $text;
    }

    /** Options in the order of the envelope, checked. */
    private static function checked_options(array $options): array
    {
        $out = [];
        if (isset($options['key'])) {
            $out['key'] = self::text('key', $options['key'], 200);
        }
        foreach (['at', 'expire'] as $name) {
            if (isset($options[$name])) {
                $out[$name] = self::time($name, $options[$name]);
            }
        }
        if (isset($out['at'], $out['expire']) && $out['expire'] <= $out['at']) {
            throw new InvalidJob('expire must be later than at');
        }
        if (isset($options['queue'])) {
            self::need_match('queue', $options['queue'], '/\A[a-z0-9_-]{1,32}\z/', '1 to 32 of a-z 0-9 _ -');
            $out['queue'] = $options['queue'];
        }
        if (isset($options['priority'])) {
            $value = $options['priority'];
            $value = is_string($value) ? (self::PRIORITIES[$value] ?? $value) : $value;
            $out['prio'] = self::integer('priority', $value, 0, 2);
        }
        foreach (['timeout' => 3600, 'max_attempts' => 100] as $name => $most) {
            if (isset($options[$name])) {
                $out[$name] = self::integer($name, $options[$name], 1, $most);
            }
        }
        return $out;
    }

    /**
     * @param mixed  $next
     * @param string $path of the member, for messages: `then`, `then.then` …
     */
    private static function follower($next, string $path): array
    {
        try {
            if (!is_array($next)) {
                throw new InvalidJob('must be an array with kind and args');
            }
            self::need_options($next, self::FOLLOWER);
            $job = ['kind' => self::kind($next['kind'] ?? null), 'args' => self::named($next['args'] ?? null)];
            $job += self::checked_options($next);
        } catch (InvalidJob $e) {
            throw new InvalidJob($path . ': ' . $e->getMessage());
        }
        if (isset($next['then'])) {
            if (substr_count($path, 'then') === self::LONGEST_CHAIN) {
                throw new InvalidJob('then: at most ' . self::LONGEST_CHAIN . ' jobs may follow one another');
            }
            $job['then'] = self::follower($next['then'], $path . '.then');
        }
        return $job;
    }

    /** @param mixed $kind */
    private static function kind($kind): string
    {
        self::need_match('kind', $kind, '/\A[a-z][a-z0-9-]{0,63}\z/', 'a letter and up to 63 of a-z 0-9 -');
        return $kind;
    }

    /**
     * @param mixed    $options
     * @param string[] $known
     */
    private static function need_options($options, array $known): void
    {
        if (!is_array($options)) {
            throw new InvalidJob('options must be an array');
        }
        $unknown = array_diff(array_keys($options), $known);
        if ($unknown) {
            throw new InvalidJob('unknown option ' . implode(', ', $unknown) . '; known: ' . implode(', ', $known));
        }
    }

    /** @param mixed $value */
    private static function need_match(string $name, $value, string $pattern, string $rule): void
    {
        if (!is_string($value) || preg_match($pattern, $value) !== 1) {
            throw new InvalidJob($name . ' must be ' . $rule);
        }
    }

    /**
     * @param mixed $args
     * @return object what json_encode writes as an object
     */
    private static function named($args)
    {
        if ($args instanceof \stdClass) {
            return $args;
        }
        if (!is_array($args)) {
            throw new InvalidJob('args must be an array with names');
        }
        if ($args !== [] && array_keys($args) === range(0, count($args) - 1)) {
            throw new InvalidJob('args must have names, this is a list');
        }
        return (object) $args;
    }

    /** @param mixed $value */
    private static function text(string $name, $value, int $most): string
    {
        if (!is_string($value) || $value === '' || strlen($value) > $most) {
            throw new InvalidJob($name . ' must be a text of 1 to ' . $most . ' bytes');
        }
        // \p{Cc}: also DEL and the C1 controls. The u modifier refuses what is not UTF-8.
        if (preg_match('/\A\P{Cc}+\z/u', $value) !== 1) {
            throw new InvalidJob($name . ' must be UTF-8 without control characters');
        }
        return $value;
    }

    /** @param mixed $value */
    private static function integer(string $name, $value, int $least, int $most): int
    {
        if (!is_int($value) || $value < $least || $value > $most) {
            throw new InvalidJob($name . ' must be an integer from ' . $least . ' to ' . $most);
        }
        return $value;
    }

    /** @param mixed $value */
    private static function time(string $name, $value): int
    {
        if ($value instanceof \DateTimeInterface) {
            $value = $value->getTimestamp() * 1000 + (int) $value->format('v');
        }
        if (is_int($value) && $value >= 0 && $value < self::MIN_TIME_MS) {
            throw new InvalidJob($name . ' is in milliseconds; ' . $value . ' looks like seconds');
        }
        return self::integer($name, $value, self::MIN_TIME_MS, self::MAX_TIME_MS);
    }
}
