<?php

// Runs inside WordPress (Site::run): grants again and again, each time in a child that is killed one statement later
// than the last, and once more in a second child that may live. Returns how many statements a grant has.

return static function (int $term): array {
    global $wpdb;
    $wpdb->close();
    $results = wp_tempnam('sweep');
    $grant = static function (int $n) use ($term): array {
        return \Dormouse\Grant\Granter::grant(['external_id' => "sweep-$n", 'email' => "sweep-$n@example.test",
            'first_name' => 'Anna', 'key' => ['term_id' => $term, 'duration' => 6, 'units' => 'months']]);
    };
    $in_child = static function (callable $do): int {
        $pid = pcntl_fork();
        if ($pid === 0) {
            $GLOBALS['wpdb']->db_connect(false);
            $do();
            // No destructors, no shutdown: they are the parent's.
            posix_kill(getmypid(), SIGTERM);
        }
        pcntl_waitpid($pid, $status);
        return pcntl_wtermsig($status);
    };
    $statuses = [];
    for ($n = 1, $killed = true; $killed && $n < 400; $n++) {
        $killed = $in_child(static function () use ($grant, $n): void {
            $count = 0;
            add_filter('query', static function ($query) use (&$count, $n) {
                if (++$count === $n) {
                    posix_kill(getmypid(), SIGKILL);
                }
                return $query;
            }, PHP_INT_MIN);
            $grant($n);
        }) === SIGKILL;
        $in_child(static function () use ($grant, $n, $results): void {
            try {
                $status = $grant($n)['status'];
            } catch (\Throwable $e) {
                $status = $e->getMessage();
            }
            file_put_contents($results, "$status\n", FILE_APPEND);
        });
    }
    $statuses = file($results, FILE_IGNORE_NEW_LINES);
    unlink($results);
    $wpdb->db_connect(false);
    return $statuses;
};
