<?php

namespace Dormouse\Letters;

use Dormouse\Database;
use Dormouse\Settings;

/** The link in a letter, and the key that seals it. Off: new letters have no link; links that were sent still work. */
final class Unsubscribe
{
    public const PARAMETER = 'dormouse_unsubscribe';
    /** Not one of WordPress' salts: those are changed now and then, and letters are kept for years. */
    public const KEY = 'dormouse_unsubscribe_key';

    /** Empty: the letter has none. */
    public static function link(\WP_User $user, int $term_id): string
    {
        if (!Settings::unsubscribe()) {
            return '';
        }
        $token = Token::make($user->ID, Suppression::hash($user->user_email), self::make_key());
        $url = add_query_arg(self::PARAMETER, $token, home_url('/'));
        $url = (string) apply_filters('dormouse_unsubscribe_url', $url, $user->ID, $term_id);
        // RFC 8058: mail programs press nothing else.
        return strncmp($url, 'https://', 8) === 0 ? $url : '';
    }

    /** What stands below a letter, for mail programs that show no button of their own. HTML. */
    public static function footer(string $link): string
    {
        if ($link === '') {
            return '';
        }
        $html = sprintf('<p><small><a href="%s">%s</a></small></p>', esc_url($link), esc_html__('No more reminders from this site', 'dormouse'));
        $filtered = apply_filters('dormouse_unsubscribe_footer', $html, $link);
        return is_string($filtered) ? $filtered . "\n" : '';
    }

    /** @return array{user_id:int,address_hash:string}|null */
    public static function read(string $token): ?array
    {
        return Token::read($token, self::key());
    }

    /** @return string[] what an administrator should put right */
    public static function problems(): array
    {
        if (!Settings::unsubscribe()) {
            return [];
        }
        $out = [];
        if (Settings::companion_key() === '') {
            $out[] = __('Letters shall have an unsubscribe link, but DORMOUSE_COMPANION_KEY is not set: the worker cannot ask for it.', 'dormouse');
        }
        if (strncmp((string) apply_filters('dormouse_unsubscribe_url', home_url('/'), 0, 0), 'https://', 8) !== 0) {
            $out[] = __('Letters shall have an unsubscribe link, but the site\'s address does not begin with https://: mail programs would not press it, so letters go without.', 'dormouse');
        }
        return $out;
    }

    /** Empty until the first link was made. Past the object cache, as in make_key(). */
    private static function key(): string
    {
        global $wpdb;
        $rows = Database::rows("SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", [self::KEY]);
        return (string) ($rows[0]['option_value'] ?? '');
    }

    /** Two letters may be the first at once: then one key stays and both use it. */
    private static function make_key(): string
    {
        global $wpdb;
        $key = self::key();
        if ($key === '') {
            $sql = "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')";
            Database::quietly($sql, [self::KEY, bin2hex(random_bytes(32))]);
            $key = self::key();
        }
        if ($key === '') {
            throw new \RuntimeException('the key of unsubscribe links could not be stored');
        }
        return $key;
    }
}
