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
            return self::last_before($values, $stage) === null ? [__('It never goes: it follows the last letter to the student, and none of those is on.', 'dormouse')] : [];
        }
        $days = (int) $values[$keys['days']];
        $before = self::last_before($values, $stage);
        if ($before !== null && $days <= (int) $values[Level::keys($before)['days']]) {
            /* translators: %s: number of a letter */
            return [sprintf(__('Its day is not after that of letter %s. Letters go in the order of their numbers, so it waits for that one.', 'dormouse'), $before)];
        }
        return $days === 0 ? [__('It goes on the day on which the access ends.', 'dormouse')] : [];
    }

    private static function why_off(bool $has_subject, bool $has_body): string
    {
        if ($has_subject) {
            return __('This letter is off: it has no body.', 'dormouse');
        }
        return $has_body ? __('This letter is off: it has no subject.', 'dormouse') : __('This letter is off: it has neither subject nor body.', 'dormouse');
    }

    /** The letter to the student before this one that is on. @param array<string,string> $values */
    private static function last_before(array $values, string $stage): ?string
    {
        $before = array_slice(Level::STAGES, 0, (int) array_search($stage, Level::STAGES, true));
        foreach (array_reverse($before) as $earlier) {
            if (Level::is_on($values, $earlier)) {
                return $earlier;
            }
        }
        return null;
    }
}
