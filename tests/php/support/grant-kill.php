<?php

// Must-use plugin of the test site: ends PHP with SIGKILL at the point that GRANT_KILL_AT names, if GRANT_KILL_PERMIT
// names a file that can be deleted (so one process dies, once).

(static function (): void {
    $point = (string) getenv('GRANT_KILL_AT');
    if ($point === '') {
        return;
    }
    $reach = static function (string $here) use ($point): void {
        if ($here === $point && @unlink((string) getenv('GRANT_KILL_PERMIT'))) {
            posix_kill(getmypid(), SIGKILL);
        }
    };
    add_action('dormouse_grant_step', static function (string $step) use ($reach): void {
        $reach("step:$step");
    });
    // In the middle of the core's own work.
    add_filter('query', static function ($query) use ($reach) {
        if (is_string($query) && strncmp($query, 'COMMIT', 6) === 0) {
            $reach('core:before_commit');
        }
        return $query;
    });
    foreach (['insert_user_meta' => 10, 'user_register' => 10, 'wpm_mbl_term_key_updated' => 10] as $hook => $priority) {
        add_filter($hook, static function ($value = null) use ($reach, $hook) {
            $reach("core:$hook");
            return $value;
        }, $priority);
    }
    foreach ([5, 15, 25] as $priority) {
        add_action('wpm_update_user_key_dates', static function () use ($reach, $priority): void {
            $reach("core:listeners_$priority");
        }, $priority);
    }
    add_action('dormouse_granted', static function () use ($reach): void {
        $reach('told:dormouse_granted');
    });
})();
