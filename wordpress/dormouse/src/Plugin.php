<?php

namespace Dormouse;

use Dormouse\Hooks\Listener;

/** What the plugin hangs on WordPress, and nothing else. */
final class Plugin
{
    public static function start(): void
    {
        register_activation_hook(PLUGIN_FILE, [self::class, 'activate']);
        add_action('plugins_loaded', [Listener::class, 'listen'], 20);
        add_action('init', [self::class, 'load_texts']);
        // Last of all: what other plugins do at shutdown may enqueue, and the visitor has the page by then.
        add_action('shutdown', [Intake::class, 'drain_late'], PHP_INT_MAX);
        add_filter('site_status_tests', [SiteHealth::class, 'tests']);
        add_filter('debug_information', [SiteHealth::class, 'information']);
        add_action('rest_api_init', [SiteHealth::class, 'routes']);
        Grant\Wiring::connect();
        Certificates\Ledger::listen();
        Bundle\Courses::listen();
        Licence\Bridge::listen();
        add_action('rest_api_init', [Licence\Companion::class, 'routes']);
        add_action('rest_api_init', [Letters\Render::class, 'routes']);
        Letters\UnsubscribePage::listen();
        Letters\Health::listen();
        add_action('admin_init', [Schema::class, 'keep_up']);
        if (is_admin()) {
            Admin\StatusPage::register();
            Admin\SettingsPage::register();
            Admin\LevelBox::register();
            Admin\TestLetter::register();
            Admin\SuppressionTab::register();
            Sleepers\Listing::register();
        }
        if (defined('WP_CLI') && WP_CLI) {
            \WP_CLI::add_command('dormouse', Cli::class);
            \WP_CLI::add_command('dormouse bundle', Bundle\Command::class);
            \WP_CLI::add_command('dormouse licence', Licence\Command::class);
        }
    }

    /** @param bool $network_wide */
    public static function activate($network_wide = false): void
    {
        if (!$network_wide || !is_multisite()) {
            self::install();
            return;
        }
        foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $blog_id) {
            switch_to_blog((int) $blog_id);
            self::install();
            restore_current_blog();
        }
    }

    private static function install(): void
    {
        Outbox::install();
        Schema::install();
    }

    /** Who may see the status screen and use its buttons. */
    public static function capability(): string
    {
        return (string) apply_filters('dormouse_capability', 'manage_options');
    }

    public static function load_texts(): void
    {
        load_plugin_textdomain('dormouse', false, dirname(plugin_basename(PLUGIN_FILE)) . '/languages');
    }
}
