<?php

namespace Dormouse\Admin;

use Dormouse\Letters\Level;
use Dormouse\Letters\Monitor;
use Dormouse\Letters\Shortcodes;
use Dormouse\Plugin;

/** The HTML of the level's box. */
final class LevelForm
{
    /** A level that does not exist yet: only the switch. Editors in a form that the page sends by script lose their text. */
    public static function add(): void
    {
        if (!current_user_can(Plugin::capability()) || Monitor::is_active()) {
            return;
        }
        echo '<div class="form-field dormouse-level">';
        wp_nonce_field(LevelBox::NONCE, LevelBox::FIELD, false);
        self::watch('0');
        printf('<p>%s</p></div>', esc_html__('The letters are written on the level\'s own screen, once it exists.', 'dormouse'));
    }

    /** @param \WP_Term $term */
    public static function edit($term): void
    {
        if (!current_user_can(Plugin::capability())) {
            return;
        }
        printf('<tr class="dormouse-level"><th scope="row">%s</th><td>', esc_html__('Sleepers and reminders', 'dormouse'));
        if (Monitor::is_active()) {
            printf('<p>%s</p>', esc_html__('ML Learning Monitor is active and keeps these settings; Dormouse reads what it saves and sends the letters.', 'dormouse'));
        } else {
            self::settings($term);
        }
        self::history($term);
        echo '</td></tr>';
    }

    private static function settings(\WP_Term $term): void
    {
        wp_nonce_field(LevelBox::NONCE, LevelBox::FIELD, false);
        $values = Level::load($term->term_id);
        self::watch($values[Level::ENABLED]);
        foreach (LevelHints::of_level($values) as $hint) {
            printf('<p class="dormouse-hint">%s</p>', esc_html($hint));
        }
        self::shortcodes();
        foreach (Level::STAGES as $stage) {
            self::letter($term, $stage, $values);
        }
        self::sleepers($term);
    }

    private static function watch(string $value): void
    {
        printf('<p><label><input type="checkbox" name="%s" value="1"%s> <strong>%s</strong></label></p>',
            esc_attr(Level::ENABLED), checked($value, '1', false), esc_html__('Watch for sleepers', 'dormouse'));
        printf('<p class="description">%s</p>', esc_html__('Sleepers are students whose access to this level ended, who did not renew it and were not given a certificate by hand.', 'dormouse'));
    }

    private static function shortcodes(): void
    {
        printf('<details><summary>%s</summary><ul class="dormouse-shortcodes">', esc_html__('Shortcodes for subjects and bodies', 'dormouse'));
        foreach (Shortcodes::known() as $name => $meaning) {
            printf('<li><code>[%s]</code> %s</li>', esc_html($name), esc_html($meaning));
        }
        printf('</ul><p>%s</p></details>', esc_html__('In bodies also those of MemberLux, such as [auth_link], for students who are its customers.', 'dormouse'));
    }

    /** @param array<string,string> $values */
    private static function letter(\WP_Term $term, string $stage, array $values): void
    {
        $keys = Level::keys($stage);
        printf('<fieldset class="dormouse-letter"><legend>%s</legend>', esc_html(Level::name_of($stage)));
        foreach (LevelHints::of_letter($values, $stage) as $hint) {
            printf('<p class="dormouse-hint">%s</p>', esc_html($hint));
        }
        $label = $stage === Level::ADMIN ? __('Days after the last letter to the student', 'dormouse') : __('Days after the end of the access', 'dormouse');
        self::field($keys['days'], $label, 'number', $values);
        if (isset($keys['email'])) {
            self::field($keys['email'], __('To', 'dormouse'), 'email', $values);
        }
        self::field($keys['subject'], __('Subject', 'dormouse'), 'text', $values);
        wp_editor($values[$keys['body']], $keys['body'], ['textarea_name' => $keys['body'], 'textarea_rows' => 8, 'media_buttons' => false, 'quicktags' => true]);
        self::test($term, $stage, Level::is_on($values, $stage));
        echo '</fieldset>';
    }

    /** @param array<string,string> $values */
    private static function field(string $key, string $label, string $type, array $values): void
    {
        $placeholder = $type === 'email' ? (string) get_option('admin_email') : ($type === 'number' ? '0' : '');
        // 0 and empty are the same.
        $value = $type === 'number' && $values[$key] === '0' ? '' : $values[$key];
        printf('<p><label for="%1$s">%2$s</label> ', esc_attr($key), esc_html($label));
        printf('<input type="%1$s" id="%2$s" name="%2$s" value="%3$s" placeholder="%4$s"', esc_attr($type), esc_attr($key), esc_attr($value), esc_attr($placeholder));
        echo $type === 'number' ? ' min="0" max="' . (int) LevelInput::MOST_DAYS . '" step="1"></p>' : '></p>';
    }

    private static function test(\WP_Term $term, string $stage, bool $on): void
    {
        printf('<p><button type="button" class="button" data-test-letter="%s" data-level="%d"%s>%s</button> ', esc_attr($stage), (int) $term->term_id,
            disabled($on, false, false), esc_html__('Send it to me as a test', 'dormouse'));
        printf('<span class="description">%s</span></p>', esc_html__('As it was saved.', 'dormouse'));
        echo '<div class="dormouse-answer" aria-live="polite"></div>';
    }

    private static function sleepers(\WP_Term $term): void
    {
        printf('<fieldset class="dormouse-sleepers" data-sleepers="%d"><legend>%s</legend><p>', (int) $term->term_id, esc_html__('Sleepers', 'dormouse'));
        printf('<label>%s <input type="date" data-from></label> ', esc_html__('Access ended from', 'dormouse'));
        printf('<label>%s <input type="date" data-to></label> ', esc_html__('to', 'dormouse'));
        printf('<button type="button" class="button button-secondary" data-show>%s</button></p>', esc_html__('Show sleepers', 'dormouse'));
        echo '<div class="dormouse-answer" aria-live="polite"></div></fieldset>';
    }

    private static function history(\WP_Term $term): void
    {
        printf('<p><a href="%s">%s</a></p>', esc_url(LettersTab::url(['level' => $term->term_id])), esc_html__('Letters of this level', 'dormouse'));
    }
}
