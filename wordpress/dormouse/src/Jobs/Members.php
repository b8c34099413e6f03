<?php

namespace Dormouse\Jobs;

use Dormouse\InvalidJob;

/** Reads the members that a caller gave for a job. Every refusal names the kind, the member and the rule. Pure. */
final class Members
{
    /** What every reader of JSON keeps exactly. */
    public const LARGEST = 9007199254740991;

    /** @var string */
    private $kind;
    /** @var array */
    private $given;

    /**
     * @param array    $given null is as good as absent
     * @param string[] $known
     * @throws InvalidJob
     */
    public function __construct(string $kind, array $given, array $known)
    {
        $this->kind = $kind;
        $this->given = array_filter($given, static function ($value): bool {
            return $value !== null;
        });
        $unknown = array_diff(array_keys($given), $known);
        if ($unknown) {
            throw $this->wrong(implode(', ', $unknown), 'is not known; known: ' . implode(', ', $known));
        }
    }

    public function has(string $name): bool
    {
        return isset($this->given[$name]);
    }

    /** A whole number above 0, as integer or as its digits. Nothing is rounded. @throws InvalidJob */
    public function whole(string $name, string $hint = '', int $most = self::LARGEST): int
    {
        $value = $this->given[$name] ?? null;
        if (is_string($value) && preg_match('/\A[1-9][0-9]{0,15}\z/', $value) === 1) {
            $value = (int) $value;
        }
        if (!is_int($value) || $value < 1 || $value > $most) {
            throw $this->wrong($name, 'must be a whole number from 1 to ' . $most . $hint);
        }
        return $value;
    }

    /** @throws InvalidJob */
    public function text(string $name, string $pattern, string $rule): string
    {
        $value = $this->given[$name] ?? null;
        $value = is_int($value) ? (string) $value : $value;
        if (!is_string($value) || preg_match($pattern, $value) !== 1) {
            throw $this->wrong($name, 'must be ' . $rule);
        }
        return $value;
    }

    /** Printable UTF-8. @throws InvalidJob */
    public function printable(string $name, int $most): string
    {
        $rule = 'a text of 1 to ' . $most . ' bytes, UTF-8 without control characters';
        $value = $this->text($name, '/\A\P{Cc}+\z/u', $rule);
        if (strlen($value) > $most) {
            throw $this->wrong($name, 'must be ' . $rule);
        }
        return $value;
    }

    /** true, 1, "1" … and their opposites, as forms and databases write them. @throws InvalidJob */
    public function yes(string $name): bool
    {
        $value = filter_var($this->given[$name] ?? false, FILTER_VALIDATE_BOOLEAN, FILTER_NULL_ON_FAILURE);
        if ($value === null) {
            throw $this->wrong($name, 'must be true or false');
        }
        return $value;
    }

    /** @return mixed */
    public function raw(string $name)
    {
        return $this->given[$name] ?? null;
    }

    public function wrong(string $name, string $rule): InvalidJob
    {
        return new InvalidJob($this->kind . ': ' . $name . ' ' . $rule);
    }
}
