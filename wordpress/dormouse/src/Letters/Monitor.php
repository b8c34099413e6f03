<?php

namespace Dormouse\Letters;

/**
 * ML Learning Monitor, whose names of settings and whose action we keep. Where it is active it has a box of its own on the
 * level's screen and answers the action itself; then ours rest, and the worker reads what it saved.
 */
final class Monitor
{
    public const ACTION = 'mlm_get_sleepers';
    public const NONCE = 'mlm_ajax_nonce';

    /** Does somebody else answer the action? Asked late: plugins have hung up their actions by `admin_init`. */
    public static function is_active(): bool
    {
        $others = 0;
        foreach ($GLOBALS['wp_filter']['wp_ajax_' . self::ACTION]->callbacks ?? [] as $callbacks) {
            foreach ($callbacks as $callback) {
                $others += $callback['function'] === [\Dormouse\Sleepers\Listing::class, 'answer'] ? 0 : 1;
            }
        }
        return (bool) apply_filters('dormouse_monitor_active', $others > 0);
    }
}
