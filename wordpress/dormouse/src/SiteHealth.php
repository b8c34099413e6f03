<?php

namespace Dormouse;

use Dormouse\Redis\Failure;
use Dormouse\Redis\Probe;
use Dormouse\Redis\Session;

/**
 * Tools → Site Health. The tests talk to Redis or count rows, so all of them are asynchronous (REST); what they check
 * is the effect, not a setting.
 */
final class SiteHealth
{
    private const TESTS = ['redis', 'policy', 'outbox'];
    private const NAMESPACE = 'dormouse/v1';
    /** A row of the outbox that nobody moved for so long means: nobody moves rows. */
    private const LATE_S = 900;

    /** @param array $tests */
    public static function tests($tests): array
    {
        foreach (self::TESTS as $name) {
            $tests['async']['dormouse_' . $name] = [
                'label' => 'Dormouse: ' . $name,
                'test' => rest_url(self::NAMESPACE . '/site-health/' . $name),
                'has_rest' => true,
                'async_direct_test' => [self::class, $name],
            ];
        }
        return $tests;
    }

    public static function routes(): void
    {
        foreach (self::TESTS as $name) {
            register_rest_route(self::NAMESPACE, '/site-health/' . $name, [
                'methods' => 'GET',
                'callback' => [self::class, $name],
                'permission_callback' => static function (): bool {
                    return current_user_can('view_site_health_checks');
                },
            ]);
        }
    }

    public static function redis(): array
    {
        try {
            self::ping();
        } catch (Failure $e) {
            return self::result(
                'redis',
                'critical',
                __('Dormouse cannot reach its Redis', 'dormouse'),
                /* translators: 1: address, 2: error text */
                sprintf(__('Jobs wait in the outbox table until it is back. Tried %1$s: %2$s', 'dormouse'),
                    Settings::endpoint()->describe(), $e->getMessage())
            );
        }
        if (!Settings::enabled()) {
            return self::result('redis', 'recommended', __('Dormouse is switched off', 'dormouse'),
                __('Jobs wait in the outbox until it is switched on under Settings → Dormouse.', 'dormouse'));
        }
        if (Outbox::refused()) {
            return self::result('redis', 'critical', __('Redis refuses this site\'s jobs', 'dormouse'),
                /* translators: %s: name of a Redis key */
                sprintf(__('Its account may not LPUSH to %s: check the account\'s rights and the site name. Jobs wait in the outbox meanwhile.', 'dormouse'), Settings::intake()));
        }
        $problems = Settings::problems();
        if ($problems) {
            return self::result('redis', 'recommended', __('Dormouse needs attention', 'dormouse'), implode(' ', $problems));
        }
        return self::result('redis', 'good', __('Dormouse reaches its Redis', 'dormouse'),
            /* translators: %s: address */
            sprintf(__('Jobs go to %s.', 'dormouse'), Settings::endpoint()->describe()));
    }

    public static function policy(): array
    {
        try {
            $policy = self::eviction_policy();
        } catch (Failure $e) {
            if (!$e->answered) {
                return self::result('policy', 'recommended', __('The eviction policy of Dormouse\'s Redis is not known', 'dormouse'),
                    __('Redis could not be reached.', 'dormouse'));
            }
            return self::result('policy', 'good', __('The eviction policy of Dormouse\'s Redis is the worker\'s to check', 'dormouse'),
                __('This site\'s account may not ask; that is as it should be. "dormouse doctor" on the server tells.', 'dormouse'));
        }
        if ($policy === 'noeviction') {
            return self::result('policy', 'good', __('Dormouse\'s Redis deletes nothing by itself', 'dormouse'),
                __('maxmemory-policy is noeviction.', 'dormouse'));
        }
        return self::result('policy', 'critical', __('Dormouse\'s Redis may delete waiting jobs', 'dormouse'),
            /* translators: %s: name of a Redis policy */
            sprintf(__('maxmemory-policy is %s. A queue needs noeviction, which a cache does not want: give the queue its own Redis.', 'dormouse'), $policy));
    }

    public static function outbox(): array
    {
        $size = Outbox::size();
        if ($size['count'] === 0) {
            return self::result('outbox', 'good', __('Dormouse\'s outbox is empty', 'dormouse'),
                __('Every job is in Redis.', 'dormouse'));
        }
        $late = time() - (int) strtotime($size['oldest'] . ' UTC') > self::LATE_S;
        return self::result('outbox', $late ? 'critical' : 'recommended', __('Jobs wait in Dormouse\'s outbox', 'dormouse'),
            /* translators: 1: number, 2: date and time */
            sprintf(__('%1$d jobs could not be handed to Redis; the oldest since %2$s UTC. They are moved when Redis is back, by the scheduler and by visits to this site.', 'dormouse'), $size['count'], $size['oldest']));
    }

    /** @throws Failure as of Probe::ping() */
    public static function ping(): void
    {
        $session = new Session(Settings::endpoint(), Settings::driver());
        try {
            Probe::ping($session);
        } finally {
            $session->close();
        }
    }

    /** @param array $info */
    public static function information($info): array
    {
        $endpoint = Settings::endpoint();
        $size = Outbox::size();
        $fields = [
            'version' => [__('Version', 'dormouse'), VERSION, false],
            'site' => [__('Site name', 'dormouse'), Settings::site(), false],
            'redis' => [__('Redis', 'dormouse'), $endpoint->describe(), true],
            'driver' => [__('Driver', 'dormouse'), Session::driver(Settings::driver()), false],
            'chosen' => [__('Server named by', 'dormouse'), $endpoint->from, false],
            'username' => [__('User', 'dormouse'), $endpoint->username !== '' ? $endpoint->username : 'default', true],
            'password' => [__('Password', 'dormouse'), self::presence($endpoint->password), true],
            'key_id' => [__('Signing key id', 'dormouse'), Settings::key_id(), true],
            'key' => [__('Signing key', 'dormouse'), self::presence(Settings::key()), true],
            'enabled' => [__('Hand jobs to Redis', 'dormouse'), self::yes_no(Settings::enabled()), false],
            'grant_key' => [__('Key of the grant endpoint', 'dormouse'), self::presence(Settings::grant_key()), true],
            'grant_async' => [__('Grants run later', 'dormouse'), self::yes_no(Settings::grant_async()), false],
            'companion_key' => [__('Key of the worker\'s questions', 'dormouse'), self::presence(Settings::companion_key()), true],
            'licence_bridge' => [__('Licence bridge', 'dormouse'), self::yes_no(Settings::licence_bridge()), false],
            'bundle_courses' => [__('Bundle courses', 'dormouse'), self::yes_no(Settings::bundle_courses()), false],
            'outbox' => [__('Jobs in the outbox', 'dormouse'), (string) $size['count'], false],
        ];
        $info['dormouse'] = ['label' => 'Dormouse', 'fields' => []];
        foreach ($fields as $name => $field) {
            $info['dormouse']['fields'][$name] = ['label' => $field[0], 'value' => $field[1], 'private' => $field[2]];
        }
        return $info;
    }

    private static function yes_no(bool $value): string
    {
        return $value ? __('yes', 'dormouse') : __('no', 'dormouse');
    }

    private static function presence(string $secret): string
    {
        return $secret === '' ? __('not set', 'dormouse') : __('set', 'dormouse');
    }

    /** @throws Failure */
    private static function eviction_policy(): string
    {
        $session = new Session(Settings::endpoint(), Settings::driver());
        try {
            return Probe::eviction_policy($session);
        } finally {
            $session->close();
        }
    }

    private static function result(string $name, string $status, string $label, string $text): array
    {
        return [
            'label' => $label,
            'status' => $status,
            'badge' => ['label' => 'Dormouse', 'color' => $status === 'good' ? 'blue' : 'red'],
            'description' => '<p>' . esc_html($text) . '</p>',
            'actions' => '',
            'test' => 'dormouse_' . $name,
        ];
    }
}
