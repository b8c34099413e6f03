<?php

namespace Dormouse\Admin;

use Dormouse\Letters\Level;

/** What somebody should know who looks at a level's letters and wonders why they do not go. Pure. */
final class LevelHints
{
    /** @param array<string,string> $values of Level::load() @return string[] */
    public static function of_level(array $values): array
    {
        $on = array_filter(Level::STAGES, static function (string $stage) use ($values): bool {
            return Level::is_on($values, $stage);
        });
        if ($values[Level::ENABLED] === '1' && !$on) {
            return [__('No letter is on: sleepers are listed, and nobody gets mail.', 'dormouse')];
        }
        if ($values[Level::ENABLED] !== '1' && $on) {
            return [__('The level is not watched: none of these letters goes.', 'dormouse')];
        }
        return [];
    }

    /** @param array<string,string> $values @return string[] */
    public static function of_letter(array $values, string $stage): array
    {
        $keys = Level::keys($stage);
        if (!Level::is_on($values, $stage)) {
            return [self::why_off(trim($values[$keys['subject']]) !== '', trim($values[$keys['body']]) !== '')];
        }
        if ($stage === Level::ADMIN) {
            $letters = array_filter(array_diff(Level::STAGES, [$stage]), static function (string $other) use ($values): bool {
                return Level::is_on($values, $other);
            });
            return $letters ? [] : [__('No letter to the student is on: its days count from the end of the access.', 'dormouse')];
        }
        $days = (int) $values[$keys['days']];
        $day = self::day_of($values, $stage);
        if ($day > $days) {
            /* translators: %d: number of days */
            return [sprintf(__('It goes on day %d: letters go in the order of their numbers, never two on one day.', 'dormouse'), $day)];
        }
        return $days === 0 ? [__('It goes on the day on which the access ends.', 'dormouse')] : [];
    }

    /** As the worker counts: at the earliest a day after the letter before. @param array<string,string> $values */
    private static function day_of(array $values, string $stage): int
    {
        $day = -1;
        foreach (Level::STAGES as $number) {
            if ($number !== Level::ADMIN && Level::is_on($values, $number)) {
                $day = max((int) $values[Level::keys($number)['days']], $day + 1);
            }
            if ($number === $stage) {
                break;
            }
        }
        return $day;
    }

    private static function why_off(bool $has_subject, bool $has_body): string
    {
        if ($has_subject) {
            return __('This letter is off: it has no body.', 'dormouse');
        }
        return $has_body ? __('This letter is off: it has no subject.', 'dormouse') : __('This letter is off: it has neither subject nor body.', 'dormouse');
    }
}
