<?php

namespace Dormouse\Admin;

use Dormouse\Hooks\Listener;
use Dormouse\Hooks\Table;
use Dormouse\Outbox;
use Dormouse\Plugin;
use Dormouse\Settings;

/** The page's HTML. A secret is never in it, only the day on which it was set. */
final class Form
{
    public static function show(): void
    {
        if (!current_user_can(Plugin::capability())) {
            return;
        }
        echo '<div class="wrap"><h1>Dormouse</h1>';
        foreach (Settings::problems() as $problem) {
            printf('<div class="notice notice-warning"><p>%s</p></div>', esc_html($problem));
        }
        printf('<form method="post" action="%s" id="dormouse-settings" autocomplete="off">', esc_url(admin_url('admin-post.php')));
        printf('<input type="hidden" name="action" value="%s">', esc_attr(SettingsPage::ACTION));
        wp_nonce_field(SettingsPage::ACTION);
        foreach (Fields::sections() as $id => $section) {
            self::section($id, $section);
        }
        submit_button();
        echo '</form></div>';
    }

    private static function section(string $id, array $section): void
    {
        printf('<h2>%s</h2>', esc_html($section[0]));
        if ($section[1] !== '') {
            printf('<p>%s</p>', esc_html($section[1]));
        }
        if ($id === 'outbox') {
            self::outbox();
        }
        echo '<table class="form-table" role="presentation"><tbody>';
        foreach ($section[2] as $name => $field) {
            self::row($name, $field);
        }
        echo '</tbody></table>';
        if ($id === 'redis') {
            self::test();
        }
    }

    private static function row(string $name, array $field): void
    {
        $head = $field[0] === Fields::EVENTS ? '<tr><th scope="row">%2$s</th><td>' : '<tr><th scope="row"><label for="dormouse-%1$s">%2$s</label></th><td>';
        printf($head, esc_attr($name), esc_html($field[1]));
        if (SettingsPage::is_fixed($name)) {
            self::fixed($name, $field[0]);
        } else {
            self::control($name, $field[0]);
        }
        if ($field[2] !== '') {
            printf('<p class="description">%s</p>', esc_html($field[2]));
        }
        echo '</td></tr>';
    }

    private static function fixed(string $name, string $type): void
    {
        $value = constant(Settings::constant_of($name));
        if ($type === Fields::SECRET) {
            $text = $value === '' ? __('empty', 'dormouse') : '••••••••';
        } elseif ($type === Fields::SWITCH) {
            $text = self::switches()[$name] ? __('on', 'dormouse') : __('off', 'dormouse');
        } else {
            $text = is_array($value) ? implode(', ', array_map('strval', $value)) : (string) $value;
        }
        printf('<input type="text" class="regular-text" id="dormouse-%s" value="%s" readonly disabled>', esc_attr($name), esc_attr($text));
        /* translators: %s: name of a constant */
        printf(' <em>%s</em>', esc_html(sprintf(__('set in wp-config.php (%s)', 'dormouse'), Settings::constant_of($name))));
    }

    private static function control(string $name, string $type): void
    {
        switch ($type) {
            case Fields::SECRET:
                self::secret($name);
                return;
            case Fields::SWITCH:
                $on = self::switches()[$name];
                printf('<input type="checkbox" id="dormouse-%1$s" name="dormouse[%1$s]" value="1"%2$s>', esc_attr($name), checked($on, true, false));
                return;
            case Fields::CHOICE:
                self::choice($name);
                return;
            case Fields::EVENTS:
                self::events();
                return;
        }
        $class = $type === Fields::NUMBER ? 'small-text' : 'regular-text';
        $input = '<input type="%s" class="%s" id="dormouse-%3$s" name="dormouse[%3$s]" value="%4$s">';
        printf($input, esc_attr($type), esc_attr($class), esc_attr($name), esc_attr((string) (Settings::saved()[$name] ?? '')));
    }

    private static function secret(string $name): void
    {
        $day = (array) (Settings::saved()[SettingsPage::SET_ON] ?? []);
        $set = self::has($name);
        $input = '<input type="password" class="regular-text" id="dormouse-%1$s" name="dormouse[%1$s]" value="" autocomplete="new-password" spellcheck="false" placeholder="%2$s">';
        printf($input, esc_attr($name), $set ? esc_attr__('unchanged', 'dormouse') : '');
        if (in_array($name, Fields::GENERATED, true)) {
            printf(' <button type="button" class="button" data-new-key="%s">%s</button>', esc_attr($name), esc_html__('Make a new key', 'dormouse'));
        }
        if (!$set) {
            printf('<p>%s</p>', esc_html__('Not set.', 'dormouse'));
        } else {
            /* translators: %s: date */
            $text = isset($day[$name]) ? sprintf(__('Set on %s.', 'dormouse'), $day[$name]) : __('Set.', 'dormouse');
            printf('<p>%s <label><input type="checkbox" name="dormouse_remove[]" value="%s"> %s</label></p>',
                esc_html($text), esc_attr($name), esc_html__('Remove', 'dormouse'));
        }
        if (in_array($name, Fields::GENERATED, true)) {
            self::new_key($name);
        }
    }

    /** Filled by the script, empty on every other visit. */
    private static function new_key(string $name): void
    {
        printf('<div class="dormouse-key" data-key-of="%s" hidden><p>%s</p>', esc_attr($name),
            esc_html__('This key is shown only now. Put these lines into the worker\'s configuration, then save this page.', 'dormouse'));
        printf('<textarea class="large-text code" rows="10" readonly aria-label="%s"></textarea></div>', esc_attr__('Lines for the worker', 'dormouse'));
    }

    private static function choice(string $name): void
    {
        printf('<select id="dormouse-%1$s" name="dormouse[%1$s]">', esc_attr($name));
        foreach (Fields::schemes() as $value => $label) {
            $chosen = selected((string) (Settings::saved()[$name] ?? ''), $value, false);
            printf('<option value="%s"%s>%s</option>', esc_attr($value), $chosen, esc_html($label));
        }
        echo '</select>';
    }

    private static function events(): void
    {
        $off = Settings::events_off();
        $events = array_merge([Listener::ACTIVATION], $off, ...array_values(array_column(Table::active(), 'events')));
        $events = array_diff(array_unique($events), ['all', '']);
        sort($events);
        printf('<fieldset><legend class="screen-reader-text">%s</legend>', esc_html__('Events', 'dormouse'));
        foreach ($events as $event) {
            printf('<input type="hidden" name="dormouse[events_shown][]" value="%s">', esc_attr($event));
            printf('<label><input type="checkbox" name="dormouse[events_on][]" value="%s"%s> <code>%s</code></label><br>',
                esc_attr($event), checked(!in_array($event, $off, true), true, false), esc_html($event));
        }
        echo '</fieldset>';
    }

    private static function outbox(): void
    {
        $count = Outbox::size()['count'];
        /* translators: %d: number of jobs */
        $text = $count === 0 ? __('Empty: every job is in Redis.', 'dormouse') : sprintf(__('%d jobs wait for Redis.', 'dormouse'), $count);
        printf('<p>%s <a href="%s">%s</a></p>', esc_html($text), esc_url(admin_url('tools.php?page=dormouse')), esc_html__('Status', 'dormouse'));
    }

    private static function test(): void
    {
        /* translators: %s: address */
        printf('<p>%s</p>', esc_html(sprintf(__('In use: %s', 'dormouse'), Settings::endpoint()->describe())));
        printf('<p><button type="button" class="button" data-test>%s</button></p>', esc_html__('Test connection', 'dormouse'));
        printf('<p class="description">%s</p>', esc_html__('Tests what is in the fields, saved or not. Nothing is pushed.', 'dormouse'));
        echo '<ul class="dormouse-findings" aria-live="polite"></ul>';
    }

    /** @return array<string,bool> */
    private static function switches(): array
    {
        return ['enabled' => Settings::enabled(), 'grant_async' => Settings::grant_async(), 'licence_bridge' => Settings::licence_bridge(),
            'bundle_courses' => Settings::bundle_courses(), 'unsubscribe' => Settings::unsubscribe(), 'remove_data' => Settings::remove_data()];
    }

    private static function has(string $name): bool
    {
        $secrets = ['key' => Settings::key(), 'grant_key' => Settings::grant_key(), 'companion_key' => Settings::companion_key(),
            'redis_password' => (string) (Settings::saved()['redis_password'] ?? '')];
        return $secrets[$name] !== '';
    }
}
