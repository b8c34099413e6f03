<?php

namespace Dormouse\Letters;

/** The words in brackets that a letter may have. Pure. */
final class Shortcodes
{
    /** @return array<string,string> what each stands for, by name */
    public static function known(): array
    {
        return [
            'user_email' => __('the student\'s e-mail address', 'dormouse'),
            'user_login' => __('the student\'s login', 'dormouse'),
            'user_name' => __('the student\'s name as the site shows it', 'dormouse'),
            'course_name' => __('the level\'s name', 'dormouse'),
            'expired_date' => __('the day on which the access ended', 'dormouse'),
            'is_bundle_course' => __('yes or no: is the level a step of the student\'s bundle?', 'dormouse'),
            'bundle_name' => __('the bundle\'s name; empty without one', 'dormouse'),
        ];
    }

    /**
     * All in one pass, so what a value brings along is never replaced itself. Words that are not known stay.
     *
     * @param array<string,string> $values
     */
    public static function replace(string $text, array $values): string
    {
        return (string) preg_replace_callback('/\[([a-z_]+)\]/', static function (array $found) use ($values): string {
            return $values[$found[1]] ?? $found[0];
        }, $text);
    }

    /**
     * A value inside HTML. Its brackets go as well: a student who calls himself [auth_link] shall not be replaced by the
     * filters that come after us.
     */
    public static function escape(string $value): string
    {
        $html = htmlspecialchars($value, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
        return str_replace(['[', ']'], ['&#91;', '&#93;'], $html);
    }

    /** One line of plain text, for a header of a mail. */
    public static function line(string $text): string
    {
        $text = (string) preg_replace('/<[^<>\s][^<>]*>/', '', wp_check_invalid_utf8($text, true));
        return trim((string) preg_replace('/[\x00-\x20\x7f]+|\xC2[\x80-\x9F]|\xE2\x80[\xA8\xA9]/', ' ', $text));
    }
}
