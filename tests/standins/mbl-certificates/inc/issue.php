<?php

/** With the names, the template and the texts that the user and the level have today. @return int its id */
function mbl_certificates_issue(int $user_id, int $term_id, string $date_issue): int
{
    $user = get_userdata($user_id);
    return Certificate::create(
        $user_id,
        'Certificate',
        (int) get_term_meta($term_id, '_mblc_template_id', true),
        $term_id,
        $user ? $user->first_name : '',
        $user ? $user->last_name : '',
        (string) get_user_meta($user_id, 'surname', true),
        $date_issue,
        (string) get_term_meta($term_id, '_mblc_certificate_series', true),
        get_current_user_id(),
        gmdate('Y-m-d'),
        (string) get_term_meta($term_id, '_mblc_course_name', true)
    );
}

// AUTO: asks neither whether the level has certificates nor whether there is one, so each renewal makes one more.
add_action('wpm_update_user_key_dates', static function ($user_id, $term_id): void {
    if (get_term_meta((int) $term_id, '_mblc_how_to_issue', true) === 'auto') {
        mbl_certificates_issue((int) $user_id, (int) $term_id, gmdate('Y-m-d'));
    }
}, 10, 2);
