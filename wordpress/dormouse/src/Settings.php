<?php

namespace Dormouse;

use Dormouse\Redis\Endpoint;

/**
 * What the site says about the queue: constants of wp-config.php first, then what the settings page saved, never
 * autoloaded. So nothing here is read on an ordinary page, only when a job is made or an endpoint is called.
 */
final class Settings
{
    public const OPTION = 'dormouse_settings';
    /** Settings with an option of their own, `dormouse_<name>`: who asks for one is not handed all secrets. */
    public const ALONE = ['grant_key', 'grant_async', 'companion_key', 'licence_bridge', 'bundle_courses', 'unsubscribe'];
    public const NAME_PATTERN = '/\A[a-z0-9_-]{1,32}\z/';
    private const SERVER = ['scheme', 'host', 'port', 'path', 'username', 'password', 'database', 'timeout'];
    /** The worker refuses shorter keys. */
    public const SHORTEST_KEY = 16;

    /** Constant of wp-config.php that wins over what the page saved. */
    public static function constant_of(string $name): string
    {
        return 'DORMOUSE_' . strtoupper($name);
    }

    /** @return array<string,mixed> what the settings page saved, but for the settings in ALONE */
    public static function saved(): array
    {
        $saved = get_option(self::OPTION, []);
        return is_array($saved) ? $saved : [];
    }

    /** Saves what the page may decide; an empty text removes a setting. Nothing of it is autoloaded. */
    public static function save(array $values): void
    {
        foreach (array_intersect_key($values, array_flip(self::ALONE)) as $name => $value) {
            $value === '' ? delete_option('dormouse_' . $name) : update_option('dormouse_' . $name, $value, false);
        }
        $saved = array_merge(self::saved(), array_diff_key($values, array_flip(self::ALONE)));
        update_option(self::OPTION, array_filter($saved, static function ($value): bool {
            return $value !== '' && $value !== [];
        }), false);
    }

    /** Name of this site in the worker's configuration (`site.name`); blogs of a network but the first add their id. */
    public static function site(?array $saved = null): string
    {
        $name = (string) self::value('site', 'main', $saved);
        if (is_multisite() && !is_main_site()) {
            $name .= '-' . get_current_blog_id();
        }
        return (string) apply_filters('dormouse_site', $name);
    }

    /** The list that producers push to. The braces keep a site's keys in one slot of a cluster. */
    public static function intake(?array $saved = null): string
    {
        return 'dormouse:{' . self::site($saved) . '}:in';
    }

    public static function key_id(): string
    {
        return (string) self::value('key_id', 'main');
    }

    /** Signing key, raw bytes; empty = envelopes are not signed. */
    public static function key(): string
    {
        return (string) self::value('key', '');
    }

    /** Off: jobs stay in the outbox and nothing is sent to Redis. */
    public static function enabled(): bool
    {
        return self::truth('enabled', true);
    }

    /** What callers of the grant endpoint show in X-API-Key; empty = only logged-in users may call it. */
    public static function grant_key(): string
    {
        return (string) self::value('grant_key', '');
    }

    /** Do callers of the grant endpoint get 202 and the job's id instead of waiting for the grant? */
    public static function grant_async(): bool
    {
        return self::truth('grant_async', false);
    }

    /** What the worker shows in X-Dormouse-Key; empty = nobody may ask. */
    public static function companion_key(): string
    {
        return (string) self::value('companion_key', '');
    }

    /** Do subscriptions become jobs for the licence server? */
    public static function licence_bridge(): bool
    {
        return self::truth('licence_bridge', true);
    }

    /** Does a certificate given by hand open the next course of a bundle? */
    public static function bundle_courses(): bool
    {
        return self::truth('bundle_courses', true);
    }

    /** Do letters get an unsubscribe link? */
    public static function unsubscribe(): bool
    {
        return self::truth('unsubscribe', false);
    }

    /** Do the tables of grants and certificates go with the plugin? */
    public static function remove_data(): bool
    {
        return self::truth('remove_data', false);
    }

    /** @return string[] events for which no hook is called, whatever the hooks' table says */
    public static function events_off(): array
    {
        $off = self::value('events_off', []);
        $off = is_array($off) ? $off : explode(',', str_replace(' ', '', (string) $off));
        return array_values(array_filter(array_map('strval', $off), 'strlen'));
    }

    /** phpredis, predis, socket; empty = the first that the site has. */
    public static function driver(): string
    {
        return (string) self::value('redis_client', '');
    }

    /** After Redis failed, pages write to the outbox at once for so many seconds. */
    public static function pause(): int
    {
        return max(1, (int) self::value('redis_pause', 30));
    }

    /** @param array|null $saved as of saved(): to ask before it is saved */
    public static function endpoint(?array $saved = null): Endpoint
    {
        $own = [];
        foreach (self::SERVER as $name) {
            $own[$name] = self::value('redis_' . $name, null, $saved);
        }
        $own['tls'] = self::value('redis_ssl_context', null, $saved);
        $own = array_filter($own, static function ($value) {
            return $value !== null;
        });
        return Endpoint::choose((array) apply_filters('dormouse_redis', $own), self::cache_constants());
    }

    /** The object cache's database, when it is in Redis. */
    public static function cache(): ?Endpoint
    {
        $cache = self::cache_constants();
        return $cache === null ? null : Endpoint::read($cache + ['scheme' => 'tcp']);
    }

    /** @return string[] what an administrator should put right; no secrets */
    public static function problems(): array
    {
        $out = [];
        $key = self::key();
        if ($key === '') {
            $out[] = __('DORMOUSE_KEY is not set: jobs are not signed, and a worker refuses them unless queue.allow_unsigned is on.', 'dormouse');
        } elseif (strlen($key) < self::SHORTEST_KEY) {
            $out[] = __('DORMOUSE_KEY is shorter than 16 bytes: the worker will refuse it.', 'dormouse');
        }
        if (preg_match(self::NAME_PATTERN, self::site()) !== 1) {
            $out[] = __('DORMOUSE_SITE may have only a-z 0-9 _ - and at most 32 of them.', 'dormouse');
        }
        if (!in_array(self::endpoint()->scheme, ['tcp', 'tls', 'unix'], true)) {
            $out[] = __('DORMOUSE_REDIS_SCHEME must be tcp, tls or unix.', 'dormouse');
        }
        $cache = self::cache();
        if ($cache !== null && self::endpoint()->is_database_of($cache)) {
            $out[] = __('The queue shares its database with the object cache: a cache flush will delete waiting jobs. Set DORMOUSE_REDIS_DATABASE to another one, or better give the queue its own Redis.', 'dormouse');
        }
        if (PHP_INT_SIZE < 8) {
            $out[] = __('This PHP has 32-bit integers; Dormouse needs 64.', 'dormouse');
        }
        return array_merge($out, Licence\Companion::problems(), Letters\Unsubscribe::problems());
    }

    /**
     * @param mixed $default
     * @return mixed
     */
    private static function value(string $name, $default, ?array $saved = null)
    {
        $constant = self::constant_of($name);
        if (defined($constant)) {
            return constant($constant);
        }
        $value = in_array($name, self::ALONE, true)
            ? get_option('dormouse_' . $name, '')
            : ($saved ?? self::saved())[$name] ?? '';
        return $value === '' ? $default : $value;
    }

    /** Also of texts: what a constant says may come from an environment variable. */
    private static function truth(string $name, bool $default): bool
    {
        $value = self::value($name, $default);
        return is_string($value) ? in_array(strtolower($value), ['1', 'true', 'yes', 'on'], true) : (bool) $value;
    }

    /** WP_REDIS_* (Redis Object Cache, LiteSpeed …) or WP_REDIS_CONFIG (Object Cache Pro); null = neither. */
    private static function cache_constants(): ?array
    {
        $out = [];
        if (defined('WP_REDIS_CONFIG') && is_array(WP_REDIS_CONFIG)) {
            $out = array_intersect_key(WP_REDIS_CONFIG, array_flip(self::SERVER));
            unset($out['timeout']);
        }
        foreach (['SCHEME', 'HOST', 'PORT', 'PATH', 'USERNAME', 'PASSWORD', 'DATABASE'] as $name) {
            if (defined('WP_REDIS_' . $name)) {
                $out[strtolower($name)] = constant('WP_REDIS_' . $name);
            }
        }
        if (defined('WP_REDIS_SSL_CONTEXT')) {
            $out['tls'] = WP_REDIS_SSL_CONTEXT;
        }
        return $out === [] ? null : $out;
    }
}
