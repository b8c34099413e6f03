<?php

namespace Dormouse\Jobs;

use Dormouse\InvalidJob;
use Dormouse\Settings;

/**
 * Gives a person access to a level, through the site's `POST /mlgb/v1/grant`.
 *
 * `external_id` names the reason (an order, a lead): the same one grants once. Without it the grant itself is the
 * reason, so that the same person never gets the same thing twice; who sells renewals gives one.
 */
final class Grant extends Job
{
    public const KIND = 'grant';
    private const LONGEST_DURATION = 36500;
    private const MEMBERS = ['email', 'first_name', 'last_name', 'term_id', 'duration', 'units', 'is_unlimited',
        'external_id', 'source', 'via'];

    /**
     * @param array $grant `email`, `term_id`; `duration` and `units` (day, days, month, months), or `is_unlimited`;
     *                     `external_id` (1 to 100 of A-Z a-z 0-9 _ . : @ -), `first_name`, `last_name`, `source`
     *                     (a-z 0-9 _), `via` (`bridge`, or `order` for the API module's route)
     * @throws InvalidJob
     */
    public static function of(array $grant): self
    {
        $given = new Members(self::KIND, $grant, self::MEMBERS);
        $args = [
            'email' => $given->text('email', '/\A(?=.{3,100}\z)[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]+\z/u', 'an e-mail address'),
            'term_id' => $given->whole('term_id', ': the id of a level'),
        ] + self::extent($given);
        foreach (['first_name', 'last_name'] as $name) {
            if ($given->has($name) && $given->raw($name) !== '') {
                $args[$name] = $given->printable($name, 400);
            }
        }
        if ($given->has('source')) {
            $args['source'] = $given->text('source', '/\A[a-z0-9_]{1,50}\z/', '1 to 50 of a-z 0-9 _');
        }
        if ($given->has('via')) {
            $args['via'] = $given->text('via', '/\A(bridge|order)\z/', 'bridge or order');
        }
        $args['external_id'] = $given->has('external_id')
            ? $given->text('external_id', '/\A[A-Za-z0-9_.:@-]{1,100}\z/', '1 to 100 of A-Z a-z 0-9 _ . : @ -')
            : self::digest($args);
        return new self(self::KIND, $args, 'grant:' . Settings::site() . ':' . $args['external_id']);
    }

    public function external_id(): string
    {
        return $this->args()['external_id'];
    }

    private static function extent(Members $given): array
    {
        $unlimited = $given->yes('is_unlimited');
        $out = [];
        // Forms write 0 for what has no end.
        if (!$unlimited || $given->has('duration') && (string) $given->raw('duration') !== '0') {
            $out['duration'] = $given->whole('duration', '', self::LONGEST_DURATION);
        }
        if ($given->has('units') || !$unlimited) {
            $rule = 'day, days, month or months; a year is 12 months';
            $out['units'] = $given->text('units', '/\A(day|month)s?\z/', $rule);
        }
        return $unlimited ? $out + ['units' => 'months', 'is_unlimited' => true] : $out;
    }

    /** The same grant in other words (case of the address, `month` for `months`) is the same. The worker does it alike. */
    private static function digest(array $args): string
    {
        $canonical = [
            'email' => strtolower($args['email']),
            'term_id' => $args['term_id'],
            'duration' => $args['duration'] ?? 0,
            'units' => rtrim($args['units'], 's'),
            'is_unlimited' => !empty($args['is_unlimited']),
        ];
        return 'sha256:' . hash('sha256', (string) json_encode($canonical, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE));
    }
}
