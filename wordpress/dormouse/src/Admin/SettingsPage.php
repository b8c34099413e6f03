<?php

namespace Dormouse\Admin;

use Dormouse\Circuit;
use Dormouse\Intake;
use Dormouse\Outbox;
use Dormouse\Plugin;
use Dormouse\Redis\Failure;
use Dormouse\Redis\Probe;
use Dormouse\Settings;

/**
 * Settings → Dormouse. Constants of wp-config.php win and are shown read-only; secrets go in and never come out again.
 */
final class SettingsPage
{
    public const SLUG = 'dormouse-settings';
    public const ACTION = 'dormouse_settings';
    public const TEST = 'dormouse_test_settings';
    public const NEW_KEY = 'dormouse_new_key';
    /** With these changed, the connection has to prove itself again. */
    private const DECISIVE = ['enabled', 'site', 'redis_scheme', 'redis_path', 'redis_host', 'redis_port', 'redis_username',
        'redis_password', 'redis_database', 'redis_timeout'];
    /** Names and days of the secrets that were set here. */
    public const SET_ON = 'set_on';

    public static function register(): void
    {
        add_action('admin_menu', static function (): void {
            $hook = add_options_page('Dormouse', 'Dormouse', Plugin::capability(), self::SLUG, [Form::class, 'show']);
            add_action('load-' . $hook, [self::class, 'scripts']);
        });
        add_action('admin_post_' . self::ACTION, [self::class, 'save']);
        add_action('wp_ajax_' . self::TEST, [self::class, 'test']);
        add_action('wp_ajax_' . self::NEW_KEY, [self::class, 'new_key']);
        add_filter('plugin_action_links_' . plugin_basename(\Dormouse\PLUGIN_FILE), [self::class, 'links']);
    }

    /** @param string[] $links of the plugin in the list of plugins */
    public static function links($links): array
    {
        $link = sprintf('<a href="%s">%s</a>', esc_url(self::url()), esc_html__('Settings', 'dormouse'));
        return array_merge([$link], (array) $links);
    }

    public static function url(): string
    {
        return admin_url('options-general.php?page=' . self::SLUG);
    }

    public static function scripts(): void
    {
        $base = plugins_url('assets/settings', \Dormouse\PLUGIN_FILE);
        wp_enqueue_style('dormouse-settings', $base . '.css', [], \Dormouse\VERSION);
        wp_enqueue_script('dormouse-settings', $base . '.js', [], \Dormouse\VERSION, true);
        wp_localize_script('dormouse-settings', 'dormouseSettings', [
            'url' => admin_url('admin-ajax.php'),
            'test' => self::TEST,
            'newKey' => self::NEW_KEY,
            'asking' => __('Asking Redis…', 'dormouse'),
            'failed' => __('The site did not answer. Reload the page and try again.', 'dormouse'),
        ]);
    }

    public static function save(): void
    {
        self::authorize();
        check_admin_referer(self::ACTION);
        $input = self::input();
        $values = self::with_dates($input->values, gmdate('Y-m-d'));
        $turning_on = self::wants_on($values);
        $reasons = $turning_on ? self::faults($values) : [];
        if ($reasons) {
            $values['enabled'] = '0';
        }
        Settings::save($values);
        Circuit::reset();
        if ($turning_on && !$reasons) {
            $reasons = self::hand_over();
        }
        self::report($input->errors, $reasons);
        wp_safe_redirect(add_query_arg('settings-updated', 'true', self::url()));
        exit;
    }

    /** Tries what the form holds, saved or not, and changes nothing. */
    public static function test(): void
    {
        self::authorize();
        check_ajax_referer(self::ACTION);
        $input = self::input();
        $findings = array_map(static function (string $error): array {
            return ['level' => Probe::BAD, 'text' => $error];
        }, array_values(self::named($input->errors)));
        wp_send_json_success($findings ?: self::probe($input->values));
    }

    /** Makes a key and shows it, with what the worker needs. It is not saved: the worker should have it first. */
    public static function new_key(): void
    {
        self::authorize();
        check_ajax_referer(self::ACTION);
        $name = isset($_POST['name']) ? sanitize_key(wp_unslash($_POST['name'])) : '';
        if (!in_array($name, Fields::GENERATED, true)) {
            wp_send_json_error(null, 400);
        }
        nocache_headers();
        $key = bin2hex(random_bytes(32));
        $id = $name === 'key' ? self::new_key_id(gmdate('Ymd')) : substr($name, 0, -strlen('_key'));
        wp_send_json_success(['key' => $key, 'id' => $id, 'lines' => WorkerLines::of($name, $key, $id)]);
    }

    /** A second signing key has an id of its own: jobs signed with the first are still on their way. */
    private static function new_key_id(string $today): string
    {
        if (Settings::key() === '' || self::is_fixed('key_id')) {
            return Settings::key_id();
        }
        $id = 'site-' . $today;
        return $id === Settings::key_id() ? $id . '-2' : $id;
    }

    private static function authorize(): void
    {
        if (!current_user_can(Plugin::capability())) {
            wp_die(esc_html__('You may not do this.', 'dormouse'), '', ['response' => 403]);
        }
    }

    private static function input(): Input
    {
        // The callers have checked the nonce.
        $sent = isset($_POST['dormouse']) ? (array) wp_unslash($_POST['dormouse']) : [];
        $remove = isset($_POST['dormouse_remove']) ? array_map('sanitize_key', (array) wp_unslash($_POST['dormouse_remove'])) : [];
        return Input::read($sent, $remove, array_filter(array_keys(Fields::all()), [self::class, 'is_fixed']));
    }

    public static function is_fixed(string $name): bool
    {
        return defined(Settings::constant_of($name));
    }

    /** @param array<string,mixed> $values */
    private static function with_dates(array $values, string $today): array
    {
        $dates = (array) (Settings::saved()[self::SET_ON] ?? []);
        foreach (Fields::all() as $name => $field) {
            if ($field[0] === Fields::SECRET && isset($values[$name])) {
                $dates[$name] = $today;
                if ($values[$name] === '') {
                    unset($dates[$name]);
                }
            }
        }
        return $values + [self::SET_ON => $dates];
    }

    /** Is the queue being switched on, or led elsewhere while it is on? @param array<string,mixed> $values */
    private static function wants_on(array $values): bool
    {
        $saved = Settings::saved();
        if (($values['enabled'] ?? '') !== '1') {
            return false;
        }
        foreach (self::DECISIVE as $name) {
            if (isset($values[$name]) && (string) ($saved[$name] ?? '') !== $values[$name]) {
                return true;
            }
        }
        return false;
    }

    /** @return string[] why jobs would not arrive with these settings */
    private static function faults(array $values): array
    {
        return Probe::faults(self::probe($values));
    }

    private static function probe(array $values): array
    {
        $saved = array_merge(Settings::saved(), $values);
        return (new Probe(Settings::endpoint($saved), Settings::driver()))->run(Settings::intake($saved));
    }

    /** What waited goes first: the one true proof that pushing is allowed. @return string[] why it is not */
    private static function hand_over(): array
    {
        try {
            Outbox::drain([Intake::class, 'push']);
            return [];
        } catch (Failure $e) {
            if (!self::is_fixed('enabled')) {
                Settings::save(['enabled' => '0']);
            }
            return [$e->getMessage()];
        }
    }

    /** @param array<string,string> $errors @return array<string,string> each with the label of its field */
    private static function named(array $errors): array
    {
        $fields = Fields::all();
        foreach ($errors as $name => $error) {
            $errors[$name] = $fields[$name][1] . ': ' . $error;
        }
        return $errors;
    }

    /** For the next page, as the settings API of WordPress does it. */
    private static function report(array $errors, array $reasons): void
    {
        foreach (self::named($errors) as $name => $error) {
            add_settings_error(self::SLUG, 'dormouse_' . $name, esc_html($error . ' ' . __('This setting was not changed.', 'dormouse')));
        }
        foreach ($reasons as $reason) {
            /* translators: %s: reason */
            $text = __('The queue stays switched off; jobs wait in the outbox. %s', 'dormouse');
            add_settings_error(self::SLUG, 'dormouse_off', esc_html(sprintf($text, $reason)), 'warning');
        }
        if (!$errors) {
            add_settings_error(self::SLUG, 'dormouse_saved', esc_html__('Settings saved.', 'dormouse'), 'success');
        }
        set_transient('settings_errors', get_settings_errors(), 30);
    }
}
