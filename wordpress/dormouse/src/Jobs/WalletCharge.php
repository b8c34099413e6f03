<?php

namespace Dormouse\Jobs;

use Dormouse\InvalidJob;
use Dormouse\Settings;

/**
 * Takes money out of a project's wallet, once.
 *
 * The charge key is a pure function of the facts of the charge (key_of()), so there is nothing to remember and nothing
 * to make up: a page that dies and is called again, an order that is saved twice, a job that is retried all say the
 * same key. For the same reason nobody may give a key: one from uniqid() would charge twice. **Store the facts before
 * you enqueue** (the order, the subscription's period); then the charge can be enqueued again at any time.
 */
final class WalletCharge extends Job
{
    public const KIND = 'wallet-charge';
    private const FACTS = ['project_id', 'amount', 'currency', 'reason', 'subscription', 'period_start', 'purpose'];
    /** A bar would make two lists of facts the same text. */
    private const FACT = '/\A[^|\p{Cc}]{1,100}\z/u';

    /**
     * @param array $facts `project_id`; `amount` (integer, in the wallet's unit); `reason`; `currency` (RUB); and what
     *                     makes it this charge and no other: `subscription` with `period_start` (DateTimeInterface, or
     *                     text that begins with Y-m-d; the day in UTC counts), or `purpose` (such as `order:981`), or
     *                     all three
     * @throws InvalidJob
     */
    public static function of(array $facts): self
    {
        $given = new Members(self::KIND, $facts, self::FACTS);
        $args = [
            'project_id' => $given->text('project_id', '/\A[A-Za-z0-9_-]{1,64}\z/', '1 to 64 of A-Z a-z 0-9 _ -'),
            'amount' => $given->whole('amount', ' in the wallet\'s unit, as integer: fractions are refused, not rounded'),
            'currency' => $given->has('currency')
                ? $given->text('currency', '/\A[A-Z]{3}\z/', 'three capital letters, such as RUB')
                : 'RUB',
            'reason' => $given->printable('reason', 100),
        ] + self::occasion($given);
        $args['charge_key'] = self::key_of(Settings::site(), $args);
        return new self(self::KIND, $args, 'charge:' . $args['charge_key']);
    }

    /**
     * @param array $args `project_id`, `subscription`, `period_start`, `amount`, `currency`, `purpose`; absent = empty
     * @return string `chg_` and 40 hexadecimal digits
     */
    public static function key_of(string $site, array $args): string
    {
        $facts = [$site];
        foreach (['project_id', 'subscription', 'period_start', 'amount', 'currency', 'purpose'] as $name) {
            $facts[] = (string) ($args[$name] ?? '');
        }
        return 'chg_' . substr(hash('sha256', implode('|', $facts)), 0, 40);
    }

    public function charge_key(): string
    {
        return $this->args()['charge_key'];
    }

    /** What tells this charge from all others of the project. */
    private static function occasion(Members $given): array
    {
        if ($given->has('subscription') !== $given->has('period_start')) {
            throw $given->wrong(
                $given->has('subscription') ? 'period_start' : 'subscription',
                'is missing: a subscription is charged once for a period, so both are given or neither'
            );
        }
        if (!$given->has('subscription') && !$given->has('purpose')) {
            throw $given->wrong('purpose', 'is missing: say what is paid (such as order:981), or subscription and period_start');
        }
        $out = [];
        foreach (['subscription', 'purpose'] as $name) {
            if ($given->has($name)) {
                $out[$name] = $given->text($name, self::FACT, 'a text of 1 to 100 characters without | and control characters');
            }
        }
        if ($given->has('period_start')) {
            $out['period_start'] = self::day($given);
        }
        return $out;
    }

    private static function day(Members $given): string
    {
        $value = $given->raw('period_start');
        if ($value instanceof \DateTimeInterface) {
            return gmdate('Y-m-d', $value->getTimestamp());
        }
        $day = is_string($value) ? substr($value, 0, 10) : '';
        $time = is_string($value) ? (string) substr($value, 10) : '';
        $real = \DateTimeImmutable::createFromFormat('!Y-m-d', $day);
        // A zone would move the day: that is what the object is for.
        if (!$real || $real->format('Y-m-d') !== $day || preg_match('/\A([T ]\d\d:\d\d(:\d\d)?Z?)?\z/', $time) !== 1) {
            throw $given->wrong('period_start', 'must be a DateTimeInterface, or Y-m-d or Y-m-d H:i:s in UTC');
        }
        return $day;
    }
}
