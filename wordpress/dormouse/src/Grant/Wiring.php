<?php

namespace Dormouse\Grant;

/** What the grant endpoint hangs on WordPress. */
final class Wiring
{
    public static function connect(): void
    {
        // Last, to see who was there before.
        add_action('rest_api_init', [Endpoint::class, 'register'], PHP_INT_MAX);
        add_action('init', [Schema::class, 'schedule']);
        add_action(Schema::CLEANUP, [Schema::class, 'clean_up']);
        add_action('admin_notices', [RouteOwner::class, 'notice']);
        add_filter('site_status_tests', [RouteOwner::class, 'tests']);
        register_deactivation_hook(\Dormouse\PLUGIN_FILE, [Schema::class, 'unschedule']);
    }
}
