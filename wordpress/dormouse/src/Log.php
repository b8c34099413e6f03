<?php

namespace Dormouse;

/** Where failures are told: PHP's log, only if the site keeps a debug log, and the action `dormouse_failure`. */
final class Log
{
    /** @param string $message without secrets, URLs and contents of jobs */
    public static function failure(string $message): void
    {
        if (defined('WP_DEBUG_LOG') && WP_DEBUG_LOG) {
            error_log('dormouse: ' . $message);
        }
        try {
            do_action('dormouse_failure', $message);
        } catch (\Throwable $ignored) {
            // A listener's trouble is not the page's.
        }
    }
}
