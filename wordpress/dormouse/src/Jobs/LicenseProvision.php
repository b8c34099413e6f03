<?php

namespace Dormouse\Jobs;

use Dormouse\InvalidJob;
use Dormouse\Settings;

/** Tells the licence server of a subscription. Who and what it is for, the worker reads when the job runs. */
final class LicenseProvision extends Job
{
    public const KIND = 'license-provision';

    /**
     * @param int|string $subscription_id
     * @param int|string $version grows with every event of the subscription: Licence\Version
     * @throws InvalidJob
     */
    public static function of($subscription_id, $version): self
    {
        $given = new Members(self::KIND, compact('subscription_id', 'version'), ['subscription_id', 'version']);
        $args = ['subscription_id' => $given->whole('subscription_id'), 'version' => $given->whole('version')];
        $key = 'provision:' . Settings::site() . ':' . $args['subscription_id'] . ':' . $args['version'];
        return new self(self::KIND, $args, $key);
    }
}
