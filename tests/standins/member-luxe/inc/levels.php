<?php

add_action('init', static function (): void {
    register_post_type('wpm-page', ['label' => 'Materials', 'public' => true, 'show_ui' => true]);
    register_taxonomy('wpm-levels', 'wpm-page', ['label' => 'Levels', 'hierarchical' => true, 'show_ui' => true]);
}, 5);

add_action('wpm-levels_edit_form_fields', static function (WP_Term $term): void {
    $options = (array) get_option("taxonomy_term_{$term->term_id}", []);
    printf(
        '<tr class="form-field"><th>%s</th><td><input name="term_meta[letter_1_days]" value="%s"></td></tr>',
        'Days before the end',
        esc_attr((string) ($options['letter_1_days'] ?? 0))
    );
}, 10);

add_action('edited_wpm-levels', static function (int $term_id): void {
    if (isset($_POST['term_meta']) && is_array($_POST['term_meta'])) {
        $options = (array) get_option("taxonomy_term_$term_id", []);
        update_option("taxonomy_term_$term_id", array_merge($options, wp_unslash($_POST['term_meta'])));
    }
}, 10);

/** 500 new keys of 12 months for each level; the constant MEMBER_LUXE_KEYS_PER_LEVEL says otherwise. */
add_action('create_wpm-levels', static function (int $term_id): void {
    global $wpdb;
    $count = defined('MEMBER_LUXE_KEYS_PER_LEVEL') ? (int) MEMBER_LUXE_KEYS_PER_LEVEL : 500;
    $rows = [];
    for ($n = 0; $n < $count; $n++) {
        $rows[] = $wpdb->prepare('(%d, %s, 12, %s)', $term_id, member_luxe_code(), 'months');
    }
    if ($rows) {
        $wpdb->query("INSERT INTO `{$wpdb->prefix}memberlux_term_keys` (term_id, `key`, duration, units) VALUES "
            . implode(',', $rows));
    }
});

// Keys of the level stay behind.
add_action('delete_wpm-levels', static function (int $term_id): void {
    delete_option("taxonomy_term_$term_id");
});
