<?php

// Removes what the plugin made. Jobs that still wait in an outbox are somebody's work: that table stays, and the
// scheduler's relay goes on emptying it. Tables of the worker are the worker's.

defined('WP_UNINSTALL_PLUGIN') || exit;

require_once __DIR__ . '/dormouse.php';

(static function (): void {
    $blogs = is_multisite() ? get_sites(['fields' => 'ids', 'number' => 0]) : [get_current_blog_id()];
    foreach ($blogs as $blog_id) {
        if (is_multisite()) {
            switch_to_blog((int) $blog_id);
        }
        foreach ([Dormouse\Settings::OPTION, Dormouse\Outbox::WAITING, Dormouse\Circuit::OPTION] as $option) {
            delete_option($option);
        }
        if (Dormouse\Outbox::size()['count'] === 0) {
            Dormouse\Database::quietly('DROP TABLE IF EXISTS ' . Dormouse\Outbox::table());
        }
        if (is_multisite()) {
            restore_current_blog();
        }
    }
})();
