<?php

namespace Dormouse\Licence;

use Dormouse\Settings;
use Dormouse\WorkerKey;

/**
 * `GET /dormouse/v1/subscriptions/<id>`: what the worker reads when a licence job runs, because dates may still have
 * moved after the event. It tells who subscribed, so only who has the companion key may ask.
 */
final class Companion
{
    public static function routes(): void
    {
        register_rest_route(WorkerKey::SPACE, '/subscriptions/(?P<id>[1-9][0-9]{0,17})', [
            'methods' => \WP_REST_Server::READABLE,
            'callback' => [self::class, 'answer'],
            'permission_callback' => [WorkerKey::class, 'permission'],
        ]);
    }

    /** @return string[] what an administrator should put right */
    public static function problems(): array
    {
        if (!Subscription::possible() || !Settings::licence_bridge() || Settings::companion_key() !== '') {
            return [];
        }
        return [__('The licence bridge is on, but DORMOUSE_COMPANION_KEY is not set: the worker cannot ask for subscriptions, and their jobs wait.', 'dormouse')];
    }

    /** @return \WP_REST_Response|\WP_Error */
    public static function answer(\WP_REST_Request $request)
    {
        if (!Subscription::possible()) {
            return new \WP_Error(
                'dormouse_no_subscriptions_plugin',
                __('Neither WooCommerce Subscriptions nor Flexible Subscriptions is active.', 'dormouse'),
                ['status' => 503]
            );
        }
        $subscription = Subscription::find((int) $request['id']);
        if ($subscription === null) {
            /* translators: %d: number of a subscription */
            $text = sprintf(__('There is no subscription %d.', 'dormouse'), (int) $request['id']);
            return new \WP_Error('dormouse_no_subscription', $text, ['status' => 404]);
        }
        $response = new \WP_REST_Response($subscription->describe());
        $response->header('Cache-Control', 'no-store');
        return $response;
    }
}
