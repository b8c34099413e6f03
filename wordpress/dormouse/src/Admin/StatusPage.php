<?php

namespace Dormouse\Admin;

use Dormouse\Circuit;
use Dormouse\Intake;
use Dormouse\Outbox;
use Dormouse\Plugin;
use Dormouse\Redis\Failure;
use Dormouse\Redis\Session;
use Dormouse\Settings;
use Dormouse\SiteHealth;

/** Tools → Dormouse: what is configured, whether it works, what waits. */
final class StatusPage
{
    private const SLUG = 'dormouse';
    private const ROWS = 20;

    public static function register(): void
    {
        add_action('admin_menu', static function (): void {
            $hook = add_management_page('Dormouse', 'Dormouse', Plugin::capability(), self::SLUG, [self::class, 'show']);
            add_action('load-' . $hook, [self::class, 'styles']);
        });
        add_action('admin_post_dormouse_test', [self::class, 'test']);
        add_action('admin_post_dormouse_drain', [self::class, 'drain']);
    }

    public static function styles(): void
    {
        wp_enqueue_style('dormouse-level', plugins_url('assets/level.css', \Dormouse\PLUGIN_FILE), [], \Dormouse\VERSION);
    }

    /** @param array<string,string|int> $words more of the query */
    public static function url(array $words = []): string
    {
        return add_query_arg(['page' => self::SLUG] + $words, admin_url('tools.php'));
    }

    public static function test(): void
    {
        self::authorize('dormouse_test');
        try {
            SiteHealth::ping();
            self::back(true, __('Redis answered.', 'dormouse'));
        } catch (Failure $e) {
            self::back(false, $e->getMessage());
        }
    }

    public static function drain(): void
    {
        self::authorize('dormouse_drain');
        Circuit::reset();
        try {
            $moved = Outbox::drain([Intake::class, 'push']);
            /* translators: %d: number of jobs */
            self::back(true, sprintf(__('%d jobs moved to Redis.', 'dormouse'), $moved));
        } catch (Failure $e) {
            self::back(false, $e->getMessage());
        }
    }

    public static function show(): void
    {
        if (!current_user_can(Plugin::capability())) {
            return;
        }
        echo '<div class="wrap"><h1>Dormouse</h1>';
        $tab = self::tab();
        self::show_tabs($tab);
        self::show_notices();
        if ($tab === LettersTab::NAME) {
            LettersTab::show();
        } elseif ($tab === SuppressionTab::NAME) {
            SuppressionTab::show();
        } else {
            self::show_settings();
            self::button('dormouse_test', __('Test connection', 'dormouse'));
            self::show_outbox();
        }
        echo '</div>';
    }

    private static function tab(): string
    {
        return isset($_GET['tab']) ? sanitize_key(wp_unslash($_GET['tab'])) : '';
    }

    private static function show_tabs(string $open): void
    {
        $tabs = ['' => __('Status', 'dormouse'), LettersTab::NAME => __('Letters', 'dormouse'), SuppressionTab::NAME => __('No letters to', 'dormouse')];
        $open = isset($tabs[$open]) ? $open : '';
        echo '<nav class="nav-tab-wrapper">';
        foreach ($tabs as $name => $label) {
            $class = $name === $open ? 'nav-tab nav-tab-active' : 'nav-tab';
            printf('<a class="%s" href="%s">%s</a>', esc_attr($class), esc_url(self::url($name === '' ? [] : ['tab' => $name])), esc_html($label));
        }
        echo '</nav>';
    }

    private static function show_notices(): void
    {
        $told = get_transient(self::notice_name());
        if (is_array($told)) {
            delete_transient(self::notice_name());
            self::notice($told['good'] ? 'success' : 'error', $told['text']);
        }
        foreach (Settings::problems() as $problem) {
            self::notice('warning', $problem);
        }
    }

    private static function show_settings(): void
    {
        $endpoint = Settings::endpoint();
        $from = [
            'own' => __('from its own settings', 'dormouse'),
            'cache' => __('from the object cache\'s WP_REDIS_*', 'dormouse'),
            'default' => __('by default', 'dormouse'),
        ];
        $rows = [
            [__('Site name', 'dormouse'), Settings::site()],
            [__('Redis', 'dormouse'), $endpoint->describe() . ' (' . $from[$endpoint->from] . ')'],
            [__('Driver', 'dormouse'), Session::driver(Settings::driver())],
            [__('Hand jobs to Redis', 'dormouse'), Settings::enabled() ? __('yes', 'dormouse') : __('no', 'dormouse')],
            [__('Signing key', 'dormouse'), Settings::key() === '' ? __('not set', 'dormouse') : Settings::key_id()],
        ];
        echo '<table class="widefat striped" style="max-width: 60em"><tbody>';
        foreach ($rows as $row) {
            printf('<tr><th scope="row">%s</th><td><code>%s</code></td></tr>', esc_html($row[0]), esc_html($row[1]));
        }
        echo '</tbody></table>';
        printf('<p><a href="%s">%s</a></p>', esc_url(SettingsPage::url()), esc_html__('Settings', 'dormouse'));
    }

    private static function show_outbox(): void
    {
        $size = Outbox::size();
        printf('<h2>%s</h2>', esc_html__('Outbox', 'dormouse'));
        if ($size['count'] === 0) {
            printf('<p>%s</p>', esc_html__('Empty: every job is in Redis.', 'dormouse'));
            return;
        }
        /* translators: %d: number of jobs */
        printf('<p>%s</p>', esc_html(sprintf(__('%d jobs wait for Redis.', 'dormouse'), $size['count'])));
        echo '<table class="widefat striped"><thead><tr>';
        $heads = [__('Row', 'dormouse'), __('Bytes', 'dormouse'), __('Since (UTC)', 'dormouse'),
            __('Attempts', 'dormouse'), __('Last error', 'dormouse')];
        foreach ($heads as $head) {
            printf('<th scope="col">%s</th>', esc_html($head));
        }
        echo '</tr></thead><tbody>';
        foreach (Outbox::list(self::ROWS) as $row) {
            echo '<tr>';
            foreach (['id', 'bytes', 'created_at', 'attempts', 'last_error'] as $column) {
                printf('<td>%s</td>', esc_html((string) $row[$column]));
            }
            echo '</tr>';
        }
        echo '</tbody></table>';
        self::button('dormouse_drain', __('Move to Redis now', 'dormouse'));
    }

    private static function button(string $action, string $label): void
    {
        printf('<form method="post" action="%s">', esc_url(admin_url('admin-post.php')));
        printf('<input type="hidden" name="action" value="%s">', esc_attr($action));
        wp_nonce_field($action);
        submit_button($label, 'secondary', 'submit', true);
        echo '</form>';
    }

    private static function notice(string $level, string $text): void
    {
        printf('<div class="notice notice-%s"><p>%s</p></div>', esc_attr($level), esc_html($text));
    }

    private static function authorize(string $action): void
    {
        if (!current_user_can(Plugin::capability())) {
            wp_die(esc_html__('You may not do this.', 'dormouse'), '', ['response' => 403]);
        }
        check_admin_referer($action);
    }

    private static function back(bool $good, string $text): void
    {
        self::tell($good, $text);
        wp_safe_redirect(self::url());
        exit;
    }

    /** For the next view of this person. */
    public static function tell(bool $good, string $text): void
    {
        set_transient(self::notice_name(), ['good' => $good, 'text' => $text], 60);
    }

    private static function notice_name(): string
    {
        return 'dormouse_notice_' . get_current_user_id();
    }
}
