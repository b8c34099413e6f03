<?php

namespace DormouseTest;

/**
 * The rules of tests/golden/README.md once more, written for clarity: keeps the golden file honest, independently of
 * the plugin that wrote it and of the worker.
 */
final class EnvelopeReader
{
    private const LAST_MS = 4102444800000;

    private $context;

    /** @param array $context kid, key, site, now, kinds (optional), allow_unsigned (optional) */
    public function __construct(array $context)
    {
        $this->context = $context;
    }

    /** @return array{0:?string,1:?\stdClass} reason (null = accepted) and job */
    public function read(string $bytes): array
    {
        $job = null;
        $reason = $this->check_frame($bytes, $json)
            ?? $this->check_json((string) $json, $job)
            ?? $this->check_fields($job)
            ?? $this->check_meaning($job);
        return [$reason, $reason === null ? $job : null];
    }

    private function check_frame(string $bytes, ?string &$json): ?string
    {
        if (strlen($bytes) > 262144) {
            return 'too_large';
        }
        if (strncmp($bytes, 'v1.', 3) !== 0) {
            if (preg_match('/\Av[0-9]+\./', $bytes) === 1) {
                return 'bad_version';
            }
            if (($bytes[0] ?? '') !== '{') {
                return 'bad_json';
            }
            $json = $bytes;
            return empty($this->context['allow_unsigned']) ? 'unsigned' : null;
        }
        if (preg_match('/\Av1\.([A-Za-z0-9_-]{1,32})\.([0-9a-f]{64})\n(.*)\z/s', $bytes, $part) !== 1) {
            return 'bad_signature';
        }
        if ($part[1] !== $this->context['kid']) {
            return 'unknown_key';
        }
        $json = $part[3];
        $mac = hash_hmac('sha256', "dormouse.v1\n{$part[1]}\n$json", $this->context['key']);
        return hash_equals($mac, $part[2]) ? null : 'bad_signature';
    }

    private function check_json(string $json, ?\stdClass &$job): ?string
    {
        // One more than 32: the decoder counts the scalars as a level.
        $value = json_decode($json, false, 33);
        if (!$value instanceof \stdClass || self::has_duplicates($json)) {
            return 'bad_json';
        }
        $job = $value;
        return null;
    }

    /** The text is valid JSON: strings and brackets are all there is to look at. */
    private static function has_duplicates(string $json): bool
    {
        preg_match_all('/"(?:[^"\\\\]|\\\\.)*+"(\s*:)?|[{}\[\]]/s', $json, $tokens, PREG_SET_ORDER);
        $open = [];
        foreach ($tokens as $token) {
            if ($token[0] === '{' || $token[0] === '[') {
                $open[] = [];
            } elseif ($token[0] === '}' || $token[0] === ']') {
                array_pop($open);
            } elseif (isset($token[1])) {
                $name = 'n' . json_decode(substr($token[0], 0, -strlen($token[1])));
                if (isset($open[count($open) - 1][$name])) {
                    return true;
                }
                $open[count($open) - 1][$name] = true;
            }
        }
        return false;
    }

    private function check_fields(\stdClass $job): ?string
    {
        if (($job->v ?? null) !== 1) {
            return 'bad_version';
        }
        $own = [
            'site' => self::matching('/\A[a-z0-9_-]{1,32}\z/'),
            'id' => self::matching('/\A[0-7][0-9A-HJKMNP-TV-Z]{25}\z/'),
            'at' => self::between(0, self::LAST_MS),
            'expire' => self::between(0, self::LAST_MS),
            'iat' => self::between(0, min(self::LAST_MS, $this->context['now'] + 300000)),
            'trace' => self::printable(128),
        ];
        return self::holds($job, $own + self::work(4), ['kind', 'site', 'args']) ? null : 'bad_field';
    }

    /**
     * What a job and its followers share.
     *
     * @param int $followers so many more may come
     */
    private static function work(int $followers): array
    {
        return [
            'kind' => self::matching('/\A[a-z][a-z0-9-]{0,63}\z/'),
            'args' => static function ($value): bool {
                return $value instanceof \stdClass;
            },
            'key' => self::printable(200),
            'queue' => self::matching('/\A[a-z0-9_-]{1,32}\z/'),
            'prio' => self::between(0, 2),
            'timeout' => self::between(1, 3600),
            'max_attempts' => self::between(1, 100),
            'then' => static function ($value) use ($followers): bool {
                $not_theirs = ['id', 'v', 'site', 'at', 'expire', 'iat', 'trace'];
                return $followers > 0 && $value instanceof \stdClass
                    && !array_intersect($not_theirs, array_keys((array) $value))
                    && self::holds($value, self::work($followers - 1), ['kind', 'args']);
            },
        ];
    }

    /**
     * @param array<string,callable> $rules
     * @param string[]               $required
     */
    private static function holds(\stdClass $object, array $rules, array $required): bool
    {
        foreach ($rules as $name => $rule) {
            if (property_exists($object, $name) ? !$rule($object->$name) : in_array($name, $required, true)) {
                return false;
            }
        }
        return true;
    }

    private static function matching(string $pattern): callable
    {
        return static function ($value) use ($pattern): bool {
            return is_string($value) && preg_match($pattern, $value) === 1;
        };
    }

    private static function between(int $least, int $most): callable
    {
        return static function ($value) use ($least, $most): bool {
            return is_int($value) && $value >= $least && $value <= $most;
        };
    }

    private static function printable(int $most): callable
    {
        return static function ($value) use ($most): bool {
            return is_string($value) && strlen($value) <= $most && preg_match('/[\x00-\x1f\x7f]/', $value) === 0;
        };
    }

    private function check_meaning(\stdClass $job): ?string
    {
        if ($job->site !== $this->context['site']) {
            return 'wrong_site';
        }
        for ($each = $job; $each !== null; $each = $each->then ?? null) {
            if (isset($this->context['kinds']) && !in_array($each->kind, $this->context['kinds'], true)) {
                return 'kind_not_allowed';
            }
        }
        return isset($job->expire) && $job->expire < $this->context['now'] ? 'expired' : null;
    }
}
