<?php

namespace Dormouse\Licence;

use Dormouse\Settings;

/**
 * `GET /dormouse/v1/subscriptions/<id>`: what the worker reads when a licence job runs, because dates may still have
 * moved after the event. It tells who subscribed, so only who has the companion key may ask.
 */
final class Companion
{
    public const SPACE = 'dormouse/v1';
    public const HEADER = 'X-Dormouse-Key';

    public static function routes(): void
    {
        register_rest_route(self::SPACE, '/subscriptions/(?P<id>[1-9][0-9]{0,17})', [
            'methods' => \WP_REST_Server::READABLE,
            'callback' => [self::class, 'answer'],
            'permission_callback' => [self::class, 'permission'],
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

    /** @return true|\WP_Error */
    public static function permission(\WP_REST_Request $request)
    {
        $key = Settings::companion_key();
        $shown = (string) $request->get_header(self::HEADER);
        if ($shown === '') {
            return self::refuse(401, __('The header X-Dormouse-Key is missing.', 'dormouse'));
        }
        if ($key === '') {
            return self::refuse(403, __('No companion key is set: define DORMOUSE_COMPANION_KEY or set one in Settings → Dormouse.', 'dormouse'));
        }
        if (!hash_equals($key, $shown)) {
            return self::refuse(403, __('The companion key is not the one that is set here.', 'dormouse'));
        }
        return true;
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

    private static function refuse(int $status, string $text): \WP_Error
    {
        return new \WP_Error('rest_forbidden', $text, ['status' => $status]);
    }
}
