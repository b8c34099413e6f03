<?php

// MANUAL: staff types the date; nobody looks whether there is a certificate already.
add_action('wp_ajax_ml_certificate_delivery', static function (): void {
    $user_id = (int) ($_POST['user_id'] ?? 0);
    $term_id = (int) ($_POST['term_id'] ?? 0);
    if (!current_user_can('certificate-delivery') || !mbl_certificates_may_be_given($term_id)) {
        wp_send_json_error('not allowed', 403);
    }
    $date = sanitize_text_field(wp_unslash($_POST['date_issue'] ?? gmdate('Y-m-d')));
    wp_send_json_success(['certificate_id' => mbl_certificates_issue($user_id, $term_id, $date)]);
});

/** Coaches see the levels where certificates are given by hand; administrators see all, automatic ones too. */
function mbl_certificates_may_be_given(int $term_id): bool
{
    return current_user_can('manage_options') || get_term_meta($term_id, '_mblc_how_to_issue', true) === 'employee';
}

add_action('wp_ajax_ml_delete_certificate', static function (): void {
    if (!current_user_can('certificate-edit')) {
        wp_send_json_error('not allowed', 403);
    }
    Certificate::delete((int) ($_POST['certificate_id'] ?? 0));
    wp_send_json_success();
});
