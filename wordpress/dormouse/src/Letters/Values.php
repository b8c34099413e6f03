<?php

namespace Dormouse\Letters;

use Dormouse\Bundle\Program;
use Dormouse\Moment;

/** What the shortcodes stand for in a letter to one student about one level: plain text, nothing escaped. */
final class Values
{
    /** @return array<string,string> by the names of Shortcodes::known() */
    public static function of(\WP_User $user, \WP_Term $level, string $lapse): array
    {
        $program_id = (int) get_user_meta($user->ID, Program::OF_USER, true);
        $program = Program::load($program_id);
        $in_bundle = $program !== null && $program->has_level($level->term_id);
        $values = [
            'user_email' => $user->user_email,
            'user_login' => $user->user_login,
            'user_name' => self::plain($user->display_name),
            'course_name' => self::plain($level->name),
            // The day that the student's profile shows, wherever the site is.
            'expired_date' => Moment::day($lapse),
            'is_bundle_course' => $in_bundle ? __('yes', 'dormouse') : __('no', 'dormouse'),
            'bundle_name' => $in_bundle ? self::plain((string) get_post_field('post_title', $program_id, 'raw')) : '',
        ];
        $filtered = (array) apply_filters('dormouse_letter_values', $values, $user->ID, $level->term_id, $lapse);
        return array_map('strval', array_filter($filtered, 'is_scalar') + $values);
    }

    /** WordPress keeps names of people and terms, and often titles, with entities. */
    private static function plain(string $name): string
    {
        return html_entity_decode($name, ENT_QUOTES | ENT_HTML5, 'UTF-8');
    }
}
