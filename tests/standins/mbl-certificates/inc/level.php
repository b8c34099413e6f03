<?php

add_action('wpm-levels_edit_form_fields', static function (WP_Term $term): void {
    printf(
        '<tr class="form-field"><th>Certificate</th><td><input type="checkbox" name="mblc[_mblc_has_certificate]" value="yes"%s></td></tr>',
        checked(get_term_meta($term->term_id, '_mblc_has_certificate', true), 'yes', false)
    );
}, 10);

// Certificates that were given already change with their level; without the tick the level forgets its settings.
add_action('edited_wpm-levels', static function (int $term_id): void {
    global $wpdb;
    if (!isset($_POST['mblc']) || !is_array($_POST['mblc'])) {
        return;
    }
    $fields = array_intersect_key(wp_unslash($_POST['mblc']), array_flip(['_mblc_has_certificate', '_mblc_how_to_issue',
        '_mblc_certificate_series', '_mblc_course_name', '_mblc_template_id', '_mblc_field1']));
    if (($fields['_mblc_has_certificate'] ?? '') !== 'yes') {
        foreach (array_keys((array) get_term_meta($term_id)) as $name) {
            strpos($name, '_mblc_') === 0 && delete_term_meta($term_id, $name);
        }
        return;
    }
    foreach ($fields as $name => $value) {
        update_term_meta($term_id, $name, $value);
    }
    $wpdb->update($wpdb->prefix . 'memberlux_certificate', [
        'certificate_template_id' => (int) ($fields['_mblc_template_id'] ?? 0),
        'course_name' => $fields['_mblc_course_name'] ?? '',
        'series' => $fields['_mblc_certificate_series'] ?? '',
    ], ['wpmlevel_id' => $term_id]);
}, 10);
