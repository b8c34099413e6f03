<?php

// Settings, keys and timetables always go. The records of what was granted and certified go only on request
// (Settings → Dormouse, "Delete all data", or DORMOUSE_REMOVE_DATA): without them a grant that is asked for again would be
// given again. Jobs that still wait in an outbox are somebody's work: that table stays, and the scheduler's relay goes on
// emptying it. Tables of the worker are the worker's. The levels' letters stay: they are the
// school's texts, under the names that ML Learning Monitor gave them.

defined('WP_UNINSTALL_PLUGIN') || exit;

require_once __DIR__ . '/dormouse.php';

(static function (): void {
    global $wpdb;
    $blogs = is_multisite() ? get_sites(['fields' => 'ids', 'number' => 0]) : [get_current_blog_id()];
    foreach ($blogs as $blog_id) {
        if (is_multisite()) {
            switch_to_blog((int) $blog_id);
        }
        $remove_data = Dormouse\Settings::remove_data();
        $ours = [$wpdb->esc_like('dormouse_') . '%', $wpdb->esc_like('_transient_dormouse_') . '%', $wpdb->esc_like('_transient_timeout_dormouse_') . '%'];
        $names = "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s OR option_name LIKE %s OR option_name LIKE %s";
        foreach (Dormouse\Database::rows($names, $ours) as $row) {
            delete_option($row['option_name']);
        }
        wp_unschedule_hook(Dormouse\Grant\Schema::CLEANUP);
        foreach ($remove_data ? array_keys(Dormouse\Schema::tables()) : [] as $table) {
            Dormouse\Database::quietly("DROP TABLE IF EXISTS `$table`");
        }
        if (Dormouse\Outbox::size()['count'] === 0) {
            Dormouse\Database::quietly('DROP TABLE IF EXISTS ' . Dormouse\Outbox::table());
        }
        if (is_multisite()) {
            restore_current_blog();
        }
    }
})();
