<?php

namespace Dormouse\Admin;

use Dormouse\Client;
use Dormouse\InvalidJob;
use Dormouse\Jobs\ReminderEmail;
use Dormouse\Letters\Level;
use Dormouse\Plugin;

/** The button that sends a level's letter to whoever presses it. */
final class TestLetter
{
    public const ACTION = 'dormouse_test_letter';

    public static function register(): void
    {
        add_action('wp_ajax_' . self::ACTION, [self::class, 'answer']);
    }

    public static function answer(): void
    {
        check_ajax_referer(self::ACTION, 'nonce');
        if (!current_user_can(Plugin::capability())) {
            wp_send_json_error(['message' => __('You may not do this.', 'dormouse')], 403);
        }
        $level = get_term(absint($_POST['term_id'] ?? 0), Level::TAXONOMY);
        $stage = isset($_POST['stage']) ? sanitize_key(wp_unslash($_POST['stage'])) : '';
        if (!$level instanceof \WP_Term || !in_array($stage, Level::STAGES, true)) {
            wp_send_json_error(['message' => __('There is no such letter.', 'dormouse')], 404);
        }
        if (!Level::is_on(Level::load($level->term_id), $stage)) {
            wp_send_json_error(['message' => __('This letter has no subject or no body. Save them first.', 'dormouse')], 409);
        }
        self::enqueue(wp_get_current_user(), $level, $stage);
    }

    private static function enqueue(\WP_User $user, \WP_Term $level, string $stage): void
    {
        try {
            $id = ReminderEmail::test($user->ID, $level->term_id, $stage, time())->enqueue();
            $reason = Client::last_error();
        } catch (InvalidJob $e) {
            $id = false;
            $reason = $e->getMessage();
        }
        if ($id === false) {
            wp_send_json_error(['message' => $reason], 500);
        }
        wp_send_json_success([
            'job' => $id,
            /* translators: 1: e-mail address, 2: id of a job */
            'message' => sprintf(__('On its way to %1$s as job %2$s. If it does not arrive, ask on the server: dormouse jobs show %2$s', 'dormouse'), $user->user_email, $id),
            'status' => ['url' => StatusPage::url(), 'label' => __('Status of the queue', 'dormouse')],
        ]);
    }
}
