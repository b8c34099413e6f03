<?php

// With every certificate, whoever gave it.
add_action('mbl_certificate_issued', static function ($user_id, $certificate_id): void {
    $user = get_userdata((int) $user_id);
    $letter = ((array) get_option('mblc_options', []))['letter'] ?? [];
    if ($user && $certificate_id > 0) {
        wpm_send_user_email($user->ID, $letter, $user->user_email, [
            'user_name' => $user->first_name,
            'user_surname' => (string) get_user_meta($user->ID, 'surname', true),
            'm_certificate_pdf' => home_url("/certificate/$certificate_id.pdf"),
            'm_certificate_jpg' => home_url("/certificate/$certificate_id.jpg"),
        ]);
    }
}, 10, 2);
