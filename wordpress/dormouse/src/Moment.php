<?php

namespace Dormouse;

/** The worker's times as people of this site read them: its zone, its format, its language. */
final class Moment
{
    /** @param int $ms Unix milliseconds */
    public static function of(int $ms): string
    {
        return (string) wp_date(get_option('date_format') . ' ' . get_option('time_format'), intdiv($ms, 1000));
    }

    /** @param string $day YYYY-MM-DD: the same day everywhere */
    public static function day(string $day): string
    {
        $noon = date_create_immutable($day . ' 12:00', wp_timezone());
        return $noon ? (string) wp_date((string) get_option('date_format'), $noon->getTimestamp()) : $day;
    }
}
