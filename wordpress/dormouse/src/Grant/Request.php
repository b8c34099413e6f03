<?php

namespace Dormouse\Grant;

use Dormouse\InvalidJob;
use Dormouse\Jobs;

/**
 * What somebody wants granted, checked. Pure.
 *
 * Two shapes are understood: `user{email,first_name,last_name}` with `grant{term_id,duration,units,is_unlimited}`, and
 * the flat one, `email`, `first_name`, `last_name` with `key{term_id,duration,units,is_unlimited}`.
 */
final class Request
{
    /** The core adds the duration to a date, and dates end with the year 9999. */
    private const LONGEST = ['days' => 36500, 'months' => 1200];
    private const UNITS = ['day' => 'days', 'days' => 'days', 'month' => 'months', 'months' => 'months'];
    private const DEFAULT_SOURCE = 'api';

    /** @var string lower case */
    public $email;
    /** @var string */
    public $first_name;
    /** @var string */
    public $last_name;
    /** @var int */
    public $term_id;
    /** @var int 0 only if unlimited */
    public $duration;
    /** @var string days or months: the core takes every other word for months */
    public $units;
    /** @var bool */
    public $unlimited;
    /** @var string names the reason; without one the grant itself is the reason */
    public $external_id;
    /** @var string who asked; information only */
    public $source;

    private function __construct()
    {
    }

    /** @throws Refusal 400, naming the member */
    public static function read(array $body): self
    {
        $out = new self();
        $out->read_person($body);
        $out->read_access($body);
        $source = $body['source'] ?? '';
        $out->source = $source === '' ? self::DEFAULT_SOURCE
            : self::text($source, 'source', '/\A[a-z0-9_]{1,50}\z/', 'must be 1 to 50 of a-z 0-9 _');
        $id = $body['external_id'] ?? '';
        $out->external_id = $id === '' ? $out->job()->external_id()
            : self::text($id, 'external_id', '/\A[A-Za-z0-9_.:@-]{1,100}\z/', 'must be 1 to 100 of A-Z a-z 0-9 _ . : @ -');
        return $out;
    }

    /** @return array<string,mixed> what two requests with the same external_id must agree on */
    public function facts(): array
    {
        return [
            'email' => $this->email,
            'term_id' => $this->term_id,
            'duration' => $this->duration,
            'units' => $this->units,
            'is_unlimited' => $this->unlimited,
        ];
    }

    /** The first fact that is another; null if there is none. */
    public function differs_in(array $facts): ?string
    {
        foreach ($this->facts() as $name => $value) {
            if (($facts[$name] ?? null) !== $value) {
                return $name;
            }
        }
        return null;
    }

    /** The job that asks for the same. @throws Refusal */
    public function job(): Jobs\Grant
    {
        $args = array_filter($this->facts() + [
            'first_name' => $this->first_name,
            'last_name' => $this->last_name,
            'source' => $this->source,
            'external_id' => $this->external_id,
            'via' => 'bridge',
        ]);
        try {
            return Jobs\Grant::of($args);
        } catch (InvalidJob $e) {
            throw new Refusal(400, 'dormouse_bad_request', $e->getMessage());
        }
    }

    private function read_person(array $body): void
    {
        [$person, $path] = [$body, ''];
        if (isset($body['user'])) {
            [$person, $path] = [self::members($body['user'], 'user'), 'user.'];
        }
        $email = $person['email'] ?? null;
        if (!is_string($email) || !is_email(trim($email)) || strlen(trim($email)) > 100) {
            throw Refusal::bad($path . 'email', 'must be an e-mail address of at most 100 characters');
        }
        $this->email = strtolower(trim($email));
        foreach (['first_name', 'last_name'] as $name) {
            $this->$name = self::name($person[$name] ?? '', $path . $name);
        }
    }

    private function read_access(array $body): void
    {
        $path = isset($body['grant']) || !isset($body['key']) ? 'grant' : 'key';
        if (!isset($body[$path])) {
            throw Refusal::bad('grant', 'is missing: an object with term_id, duration and units (or key, in the flat shape)');
        }
        $access = self::members($body[$path], $path);
        $this->term_id = self::whole($access['term_id'] ?? null, $path . '.term_id', 1, PHP_INT_MAX);
        $this->unlimited = self::yes($access['is_unlimited'] ?? false, $path . '.is_unlimited');
        $units = $access['units'] ?? ($this->unlimited ? 'months' : null);
        if (!is_string($units) || !isset(self::UNITS[$units])) {
            throw Refusal::bad($path . '.units', 'must be day, days, month or months; a year is 12 months');
        }
        $this->units = self::UNITS[$units];
        $duration = $access['duration'] ?? ($this->unlimited ? 0 : null);
        $this->duration = self::whole($duration, $path . '.duration', $this->unlimited ? 0 : 1, self::LONGEST[$this->units]);
    }

    /** @param mixed $value */
    private static function members($value, string $member): array
    {
        if (!is_array($value)) {
            throw Refusal::bad($member, 'must be an object');
        }
        return $value;
    }

    /** @param mixed $value */
    private static function text($value, string $member, string $pattern, string $rule): string
    {
        $value = is_int($value) ? (string) $value : $value;
        if (!is_string($value) || preg_match($pattern, $value) !== 1) {
            throw Refusal::bad($member, $rule);
        }
        return $value;
    }

    /** @param mixed $value */
    private static function name($value, string $member): string
    {
        if (!is_string($value) || preg_match('/\A\P{Cc}*\z/u', $value) !== 1 || strlen($value) > 100) {
            throw Refusal::bad($member, 'must be a text of at most 100 bytes, UTF-8 without control characters');
        }
        return sanitize_text_field($value);
    }

    /** @param mixed $value an integer or its digits (forms have no other numbers); nothing is rounded */
    private static function whole($value, string $member, int $least, int $most): int
    {
        if (is_string($value) && preg_match('/\A(0|[1-9]\d{0,17})\z/', $value) === 1) {
            $value = (int) $value;
        }
        if (!is_int($value) || $value < $least || $value > $most) {
            $range = $most === PHP_INT_MAX ? 'of at least ' . $least : "from $least to $most";
            throw Refusal::bad($member, 'must be a whole number ' . $range);
        }
        return $value;
    }

    /** @param mixed $value */
    private static function yes($value, string $member): bool
    {
        $value = is_scalar($value) ? filter_var($value, FILTER_VALIDATE_BOOLEAN, FILTER_NULL_ON_FAILURE) : null;
        if ($value === null) {
            throw Refusal::bad($member, 'must be true or false');
        }
        return $value;
    }
}
