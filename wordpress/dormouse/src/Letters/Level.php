<?php

namespace Dormouse\Letters;

/**
 * A level's letters as term meta keeps them, under the names that ML Learning Monitor gave them. Reads and writes; what
 * may be written is Admin\LevelInput's business.
 */
final class Level
{
    public const TAXONOMY = 'wpm-levels';
    public const ADMIN = 'admin';
    public const STAGES = ['1', '2', '3', self::ADMIN];
    public const ENABLED = 'mlm_enabled';

    /** @return array<string,string> meta keys of a letter by what they hold: days, subject, body, and email of the administrator's */
    public static function keys(string $stage): array
    {
        if ($stage === self::ADMIN) {
            return ['days' => 'mlm_admin_days_after_last', 'email' => 'mlm_admin_email', 'subject' => 'mlm_admin_subject', 'body' => 'mlm_admin_body'];
        }
        return ['days' => "mlm_email_{$stage}_days", 'subject' => "mlm_email_{$stage}_subject", 'body' => "mlm_email_{$stage}_body"];
    }

    /** @return string[] every meta key */
    public static function all_keys(): array
    {
        return array_merge([self::ENABLED], ...array_map(static function (string $stage): array {
            return array_values(self::keys($stage));
        }, self::STAGES));
    }

    /** @return array<string,string> by meta key; what is not there is empty */
    public static function load(int $term_id): array
    {
        $out = [];
        foreach (self::all_keys() as $key) {
            $value = $term_id > 0 ? get_term_meta($term_id, $key, true) : '';
            $out[$key] = is_scalar($value) ? (string) $value : '';
        }
        return $out;
    }

    /** @param array<string,string> $values by meta key, without slashes; the others stay */
    public static function save(int $term_id, array $values): void
    {
        foreach (array_intersect_key($values, array_flip(self::all_keys())) as $key => $value) {
            update_term_meta($term_id, $key, wp_slash($value));
        }
    }

    /** The rule of the worker: a letter needs a subject and a body. @param array<string,string> $values of load() */
    public static function is_on(array $values, string $stage): bool
    {
        $keys = self::keys($stage);
        return trim($values[$keys['subject']]) !== '' && trim($values[$keys['body']]) !== '';
    }

    public static function name_of(string $stage): string
    {
        /* translators: %s: 1, 2 or 3 */
        return $stage === self::ADMIN ? __('Letter to the administrator', 'dormouse') : sprintf(__('Letter %s', 'dormouse'), $stage);
    }
}
