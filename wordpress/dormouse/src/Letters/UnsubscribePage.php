<?php

namespace Dormouse\Letters;

use Dormouse\Log;

/**
 * What a reader of a letter meets behind its unsubscribe link. GET shows a button and changes nothing: mail scanners
 * follow every link. POST is the button's, or a mail program's (RFC 8058): no cookie, no nonce, the token is the right.
 */
final class UnsubscribePage
{
    public const ASK = 'ask';
    public const DONE = 'done';
    public const UNKNOWN = 'unknown';
    public const FAILED = 'failed';
    private const STATUS = [self::ASK => 200, self::DONE => 200, self::UNKNOWN => 404, self::FAILED => 503];

    public static function listen(): void
    {
        // The theme is there, the query for the page below the address is not made.
        add_action('wp_loaded', [self::class, 'answer'], PHP_INT_MAX);
    }

    public static function answer(): void
    {
        if (!isset($_GET[Unsubscribe::PARAMETER]) || is_admin() || wp_doing_cron()) {
            return;
        }
        $token = wp_unslash($_GET[Unsubscribe::PARAMETER]);
        $known = is_string($token) ? Unsubscribe::read($token) : null;
        $state = $known === null ? self::UNKNOWN : (self::is_pressed() ? self::leave($known) : self::ASK);
        self::headers($state);
        self::show($state, $known === null ? '' : (string) $token);
        exit;
    }

    private static function is_pressed(): bool
    {
        return isset($_SERVER['REQUEST_METHOD'], $_POST['List-Unsubscribe'])
            && strtoupper(sanitize_key(wp_unslash($_SERVER['REQUEST_METHOD']))) === 'POST'
            && wp_unslash($_POST['List-Unsubscribe']) === 'One-Click';
    }

    /**
     * The address that got the letter, and the one that the student has now.
     *
     * @param array{user_id:int,address_hash:string} $known
     */
    private static function leave(array $known): string
    {
        $user = get_userdata($known['user_id']);
        $hashes = [$known['address_hash']];
        if ($user && $user->user_email !== '') {
            $hashes[] = Suppression::hash($user->user_email);
        }
        $new = 0;
        foreach (array_unique($hashes) as $hash) {
            $added = Suppression::add($hash, Suppression::UNSUBSCRIBED, 'user ' . $known['user_id'], (int) (microtime(true) * 1000));
            if ($added === false) {
                Log::failure('unsubscribe: user ' . $known['user_id'] . ': the row could not be written; did "dormouse migrate" run?');
                return self::FAILED;
            }
            $new += $added;
        }
        $new > 0 && self::tell($known);
        return self::DONE;
    }

    private static function tell(array $known): void
    {
        try {
            do_action('dormouse_unsubscribed', $known['user_id'], $known['address_hash']);
        } catch (\Throwable $e) {
            Log::failure('a listener of dormouse_unsubscribed: ' . get_class($e) . ': ' . $e->getMessage());
        }
    }

    private static function headers(string $state): void
    {
        defined('DONOTCACHEPAGE') || define('DONOTCACHEPAGE', true);
        status_header(self::STATUS[$state]);
        nocache_headers();
        header('Content-Type: text/html; charset=UTF-8');
        header('X-Robots-Tag: noindex, nofollow');
        header('Referrer-Policy: no-referrer');
        $state === self::FAILED && header('Retry-After: 3600');
    }

    /** A theme's file gets $dormouse: state, title, text, url (what to POST to; empty = nothing to press), button. */
    private static function show(string $state, string $token): void
    {
        $dormouse = self::words($state) + ['state' => $state, 'button' => __('Unsubscribe', 'dormouse'),
            'url' => $state === self::ASK ? add_query_arg(Unsubscribe::PARAMETER, $token, home_url('/')) : ''];
        $template = (string) apply_filters('dormouse_unsubscribe_template', '', $state);
        if ($template !== '' && is_readable($template)) {
            require $template;
            return;
        }
        self::plain($dormouse);
    }

    /** @return array{title:string,text:string} */
    private static function words(string $state): array
    {
        switch ($state) {
            case self::ASK:
                return ['title' => __('No more reminders?', 'dormouse'),
                    'text' => __('Press the button, and this site sends you no more reminders about your courses.', 'dormouse')];
            case self::DONE:
                return ['title' => __('You are unsubscribed', 'dormouse'),
                    'text' => __('This site sends you no more reminders about your courses.', 'dormouse')];
            case self::FAILED:
                return ['title' => __('This did not work', 'dormouse'),
                    'text' => __('Your wish could not be stored. Please try again later.', 'dormouse')];
        }
        return ['title' => __('This link does not work', 'dormouse'),
            'text' => __('It may have been cut off on its way. Please copy all of it from the letter.', 'dormouse')];
    }

    /** @param array<string,string> $words */
    private static function plain(array $words): void
    {
        printf('<!doctype html><html lang="%s" dir="%s"><head><meta charset="UTF-8">', esc_attr(get_bloginfo('language')), is_rtl() ? 'rtl' : 'ltr');
        echo '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow">';
        printf('<title>%s</title><style>', esc_html($words['title'] . ' – ' . wp_specialchars_decode(get_bloginfo('name'), ENT_QUOTES)));
        echo 'body{font:16px/1.6 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1.5em;color:#1d2327}'
            . 'h1{font-size:1.5em;line-height:1.3}p.site{color:#646970}a{color:#2271b1}'
            . 'button{font:inherit;padding:.6em 1.5em;border:0;border-radius:4px;background:#2271b1;color:#fff;cursor:pointer}'
            . 'button:focus-visible{outline:3px solid #72aee6;outline-offset:2px}';
        printf('</style></head><body class="dormouse-%s"><main><h1>%s</h1><p>%s</p>', esc_attr($words['state']), esc_html($words['title']), esc_html($words['text']));
        if ($words['url'] !== '') {
            printf('<form method="post" action="%s"><input type="hidden" name="List-Unsubscribe" value="One-Click">', esc_url($words['url']));
            printf('<button type="submit">%s</button></form>', esc_html($words['button']));
        }
        printf('<p class="site"><a href="%s">%s</a></p></main></body></html>', esc_url(home_url('/')), esc_html(wp_specialchars_decode(get_bloginfo('name'), ENT_QUOTES)));
    }
}
