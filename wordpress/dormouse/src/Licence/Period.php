<?php

namespace Dormouse\Licence;

/** What subscription plugins say about periods and dates, in one form. Pure (spec 1-domain 2.2, glue rule). */
final class Period
{
    private const UNITS = ['d' => 'day', 'w' => 'week', 'm' => 'month', 'y' => 'year'];
    /** 1 January 2000: what lies before is no payment to come, but a zero date in some disguise. */
    private const EARLIEST = 946684800;

    /**
     * @param mixed $value D W M Y or day week month year, any case, also in the plural
     * @return string|null day, week, month, year
     */
    public static function unit($value): ?string
    {
        $text = is_string($value) ? strtolower(trim($value)) : '';
        if (isset(self::UNITS[$text])) {
            return self::UNITS[$text];
        }
        $word = rtrim($text, 's');
        return in_array($word, self::UNITS, true) ? $word : null;
    }

    /** @param mixed $value a number, or its digits */
    public static function interval($value): ?int
    {
        $number = filter_var($value, FILTER_VALIDATE_INT, ['options' => ['min_range' => 1]]);
        return is_int($number) ? $number : null;
    }

    /**
     * @param mixed $value DateTimeInterface; Unix seconds, also as text; or a date in UTC
     * @return string|null Y-m-d H:i:s in UTC; null for 0, '', null, zero dates and what is no date
     */
    public static function moment($value): ?string
    {
        if ($value instanceof \DateTimeInterface) {
            $seconds = $value->getTimestamp();
        } elseif (is_int($value) || is_string($value) && preg_match('/\A-?\d+\z/', $value) === 1) {
            $seconds = (int) $value;
        } elseif (is_string($value) && preg_match('/\A[1-9]\d{3}-\d\d-\d\d/', $value) === 1) {
            // A zone in the text wins over the one added here.
            $seconds = strtotime(preg_match('/(Z|[+-]\d\d:?\d\d)\z/', $value) === 1 ? $value : $value . ' UTC');
        } else {
            $seconds = false;
        }
        return $seconds === false || $seconds < self::EARLIEST ? null : gmdate('Y-m-d H:i:s', $seconds);
    }
}
