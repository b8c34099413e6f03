<?php

namespace Dormouse\Admin;

/** A user in a table: name with a link to the profile for who may open it. */
final class Person
{
    /** HTML, escaped. */
    public static function html(int $user_id): string
    {
        $user = get_userdata($user_id);
        if (!$user) {
            /* translators: %d: number of a user */
            return esc_html(sprintf(__('user %d (deleted)', 'dormouse'), $user_id));
        }
        // WordPress keeps the name escaped.
        $name = esc_html($user->display_name);
        $link = get_edit_user_link($user_id);
        return $link === '' ? $name : sprintf('<a href="%s">%s</a>', esc_url($link), $name);
    }
}
