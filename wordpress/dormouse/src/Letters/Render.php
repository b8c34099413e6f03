<?php

namespace Dormouse\Letters;

use Dormouse\WorkerKey;

/**
 * `POST /dormouse/v1/render`: a letter's texts as stored become what is sent. The worker asks here and not itself
 * replaces, because other plugins have their say in the filter `wpm_user_mail_shortcode_replacement`.
 *
 * Either the whole letter or an error: half of one must never be sent.
 */
final class Render
{
    public const VERSION = 1;
    /** The core's filter: message, user, values by name without brackets. */
    public const FILTER = 'wpm_user_mail_shortcode_replacement';

    public static function routes(): void
    {
        $text = ['type' => 'string', 'required' => true];
        $id = ['type' => 'integer', 'minimum' => 1, 'required' => true];
        register_rest_route(WorkerKey::SPACE, '/render', [
            'methods' => \WP_REST_Server::CREATABLE,
            'callback' => [self::class, 'answer'],
            'permission_callback' => [WorkerKey::class, 'permission'],
            'args' => [
                'v' => ['type' => 'integer', 'enum' => [self::VERSION], 'required' => true],
                'user_id' => $id,
                'term_id' => $id,
                'stage' => ['type' => 'string', 'enum' => Level::STAGES, 'required' => true],
                'lapse' => ['type' => 'string', 'required' => true, 'validate_callback' => [self::class, 'is_day']],
                'subject' => $text,
                'body' => $text,
            ],
        ]);
    }

    /** @param mixed $day @return true|\WP_Error */
    public static function is_day($day)
    {
        $parts = is_string($day) && preg_match('/\A(\d{4})-(\d\d)-(\d\d)\z/', $day, $found) === 1 ? $found : null;
        if ($parts !== null && checkdate((int) $parts[2], (int) $parts[3], (int) $parts[1])) {
            return true;
        }
        return new \WP_Error('rest_invalid_date', __('lapse must be a day as YYYY-MM-DD.', 'dormouse'));
    }

    /** @return \WP_REST_Response|\WP_Error */
    public static function answer(\WP_REST_Request $request)
    {
        if (!taxonomy_exists(Level::TAXONOMY)) {
            return self::refuse('dormouse_no_levels', 503, __('MemberLux is not active: there are no levels.', 'dormouse'));
        }
        $user = get_userdata((int) $request['user_id']);
        if (!$user) {
            /* translators: %d: number of a user */
            return self::refuse('dormouse_unknown_user', 404, sprintf(__('There is no user %d.', 'dormouse'), (int) $request['user_id']));
        }
        $level = get_term((int) $request['term_id'], Level::TAXONOMY);
        if (!$level instanceof \WP_Term) {
            /* translators: %d: number of a level */
            return self::refuse('dormouse_unknown_level', 404, sprintf(__('There is no level %d.', 'dormouse'), (int) $request['term_id']));
        }
        try {
            $values = Values::of($user, $level, $request['lapse']);
            $link = $request['stage'] === Level::ADMIN ? '' : Unsubscribe::link($user, $level->term_id);
            $letter = ['subject' => self::subject($request['subject'], $values), 'html' => self::html($request['body'], $user->ID, $values)];
        } catch (\Throwable $e) {
            return self::refuse('dormouse_render_failed', 500, get_class($e) . ': ' . $e->getMessage());
        }
        return self::response($letter, $link);
    }

    /** @param array{subject:string,html:string} $letter @return \WP_REST_Response|\WP_Error */
    private static function response(array $letter, string $link)
    {
        foreach ($letter as $part => $text) {
            if (trim($text) === '') {
                /* translators: %s: subject or html */
                return self::refuse('dormouse_render_failed', 500, sprintf(__('The letter is empty after rendering: %s.', 'dormouse'), $part));
            }
        }
        $letter['html'] .= Unsubscribe::footer($link);
        $response = new \WP_REST_Response(['v' => self::VERSION] + $letter + ['unsubscribe' => $link]);
        $response->header('Cache-Control', 'no-store');
        return $response;
    }

    /** @param array<string,string> $values */
    private static function subject(string $stored, array $values): string
    {
        return Shortcodes::line(Shortcodes::replace($stored, array_map([Shortcodes::class, 'line'], $values)));
    }

    /**
     * As the core's own mails are made, but for stripslashes(): term meta has none to strip.
     *
     * @param array<string,string> $values
     */
    private static function html(string $stored, int $user_id, array $values): string
    {
        $escaped = array_map([Shortcodes::class, 'escape'], $values);
        // What a filter prints would stand before the answer's JSON.
        ob_start();
        try {
            $html = apply_filters(self::FILTER, Shortcodes::replace($stored, $escaped), $user_id, $escaped);
            if (!is_string($html)) {
                throw new \UnexpectedValueException(self::FILTER . ' gave ' . gettype($html) . ' instead of a text');
            }
            return wpautop(make_clickable($html));
        } finally {
            ob_end_clean();
        }
    }

    private static function refuse(string $code, int $status, string $text): \WP_Error
    {
        return new \WP_Error($code, $text, ['status' => $status]);
    }
}
