<?php

namespace Dormouse\Jobs;

use Dormouse\InvalidJob;
use Dormouse\Settings;

/** Tells the licence server a subscription's period. Without a period the worker reads it when the job runs. */
final class PeriodPush extends Job
{
    public const KIND = 'period-push';
    private const PERIOD = ['billing_period', 'billing_interval', 'next_payment_date_gmt'];

    /**
     * @param int|string $subscription_id
     * @param int|string $version grows with every event of the subscription: Licence\Version
     * @param array      $period  nothing, or all of `billing_period` (D W M Y or day week month year, any case),
     *                            `billing_interval`, `next_payment_date_gmt` (UTC, Y-m-d H:i:s or ISO 8601 with Z)
     * @throws InvalidJob
     */
    public static function of($subscription_id, $version, array $period = []): self
    {
        $known = array_merge(['subscription_id', 'version'], self::PERIOD);
        $given = new Members(self::KIND, compact('subscription_id', 'version') + $period, $known);
        $args = ['subscription_id' => $given->whole('subscription_id'), 'version' => $given->whole('version')];
        if ($period !== []) {
            $args += self::period($given);
        }
        $key = 'period:' . Settings::site() . ':' . $args['subscription_id'] . ':' . $args['version'];
        return new self(self::KIND, $args, $key);
    }

    private static function period(Members $given): array
    {
        $units = 'D, W, M, Y, day, week, month or year';
        $date = 'a date in UTC, Y-m-d H:i:s or Y-m-dTH:i:sZ';
        return [
            'billing_period' => $given->text('billing_period', '/\A([dwmy]|day|week|month|year)\z/i', $units),
            'billing_interval' => $given->whole('billing_interval', '', 1000),
            'next_payment_date_gmt' => $given->text(
                'next_payment_date_gmt',
                '/\A[2-9]\d{3}-\d\d-\d\d([ ]\d\d:\d\d:\d\d|T\d\d:\d\d:\d\dZ?)\z/',
                $date
            ),
        ];
    }
}
