<?php

namespace Dormouse\Admin;

use Dormouse\Letters\Level;
use Dormouse\Letters\Monitor;
use Dormouse\Plugin;

/** The box on a level's screen: its letters, its sleepers. Not a menu of its own, for it is the level's business. */
final class LevelBox
{
    public const NONCE = 'dormouse_level';
    public const FIELD = 'dormouse_level_nonce';
    /** After the core's and the certificates'. */
    private const PRIORITY = 20;

    public static function register(): void
    {
        add_action(Level::TAXONOMY . '_add_form_fields', [LevelForm::class, 'add'], self::PRIORITY);
        add_action(Level::TAXONOMY . '_edit_form_fields', [LevelForm::class, 'edit'], self::PRIORITY);
        add_action('created_' . Level::TAXONOMY, [self::class, 'save'], self::PRIORITY);
        add_action('edited_' . Level::TAXONOMY, [self::class, 'save'], self::PRIORITY);
        add_action('admin_enqueue_scripts', [self::class, 'scripts']);
        add_action('admin_notices', [self::class, 'notices']);
    }

    /** @param mixed $term_id */
    public static function save($term_id = 0): void
    {
        $term_id = (int) $term_id;
        $nonce = isset($_POST[self::FIELD]) ? sanitize_key(wp_unslash($_POST[self::FIELD])) : '';
        // Levels are saved in other ways too (quick edit, imports): those do not know of the box.
        if (!wp_verify_nonce($nonce, self::NONCE) || !current_user_can(Plugin::capability()) || !current_user_can('edit_term', $term_id)
            || Monitor::is_active()) {
            return;
        }
        $sent = [];
        foreach (Level::all_keys() as $key) {
            if (isset($_POST[$key])) {
                $sent[$key] = wp_unslash($_POST[$key]);
            }
        }
        $input = LevelInput::read($sent, current_user_can('unfiltered_html'));
        Level::save($term_id, $input->values);
        if ($input->errors) {
            set_transient(self::transient(), $input->errors, 60);
        }
    }

    public static function notices(): void
    {
        $screen = get_current_screen();
        $errors = $screen && $screen->taxonomy === Level::TAXONOMY ? get_transient(self::transient()) : false;
        if (!is_array($errors)) {
            return;
        }
        delete_transient(self::transient());
        foreach ($errors as $error) {
            printf('<div class="notice notice-error"><p>%s</p></div>', esc_html($error));
        }
    }

    public static function scripts(): void
    {
        $screen = get_current_screen();
        if (!$screen || $screen->taxonomy !== Level::TAXONOMY || !current_user_can(Plugin::capability())) {
            return;
        }
        $base = plugins_url('assets/level', \Dormouse\PLUGIN_FILE);
        wp_enqueue_style('dormouse-level', $base . '.css', [], \Dormouse\VERSION);
        wp_enqueue_script('dormouse-level', $base . '.js', [], \Dormouse\VERSION, true);
        wp_localize_script('dormouse-level', 'dormouseLevel', [
            'url' => admin_url('admin-ajax.php'),
            'sleepers' => Monitor::ACTION,
            'sleepersNonce' => wp_create_nonce(Monitor::NONCE),
            'test' => TestLetter::ACTION,
            'testNonce' => wp_create_nonce(TestLetter::ACTION),
            'asking' => __('One moment…', 'dormouse'),
            'failed' => __('The site did not answer. Reload the page and try again.', 'dormouse'),
        ]);
    }

    private static function transient(): string
    {
        return 'dormouse_level_' . get_current_user_id();
    }
}
