<?php

namespace Dormouse\Licence;

use Dormouse\Client;

/** Subscriptions as the licence server is told of them. */
final class Command
{
    /**
     * Shows what the worker would read about a subscription.
     *
     * ## OPTIONS
     *
     * <subscription>
     * : Its number.
     *
     * ## EXAMPLES
     *
     *     wp dormouse licence show 981
     *
     * @param array $args
     * @param array $flags
     */
    public function show($args, $flags): void
    {
        \WP_CLI::line((string) wp_json_encode(self::need($args)->describe(), JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE));
    }

    /**
     * Provisions a subscription and pushes its period, as if it had just become active.
     *
     * ## OPTIONS
     *
     * <subscription>
     * : Its number.
     *
     * ## EXAMPLES
     *
     *     wp dormouse licence push 981
     *
     * @param array $args
     * @param array $flags
     */
    public function push($args, $flags): void
    {
        $subscription = self::need($args);
        if ($subscription->status() !== 'active') {
            \WP_CLI::error('subscription ' . $subscription->id() . ' is ' . $subscription->status() . ', not active');
        }
        foreach (Bridge::again($subscription->id()) as $kind => $id) {
            $id === false ? \WP_CLI::error($kind . ': ' . Client::last_error()) : \WP_CLI::line($kind . ' ' . $id);
        }
    }

    private static function need(array $args): Subscription
    {
        $subscription = Subscription::find((int) ($args[0] ?? 0));
        if ($subscription === null) {
            \WP_CLI::error('there is no subscription ' . ($args[0] ?? ''));
        }
        return $subscription;
    }
}
