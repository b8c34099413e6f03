<?php

namespace Dormouse\Admin;

use Dormouse\Redis\Endpoint;

/** The settings of the page, in its order: what they are called, of which type, and what to know about them. */
final class Fields
{
    public const SWITCH = 'switch';
    public const SECRET = 'secret';
    public const NUMBER = 'number';
    public const TEXT = 'text';
    public const CHOICE = 'choice';
    public const EVENTS = 'events';
    /** Secrets that this site may make up itself. */
    public const GENERATED = ['key', 'grant_key', 'companion_key'];

    /** @return array<string,array{0:string,1:string,2:array}> by id: title, introduction, fields by name: [type, label, help] */
    public static function sections(): array
    {
        return [
            'queue' => [__('Queue', 'dormouse'), '', self::queue()],
            'redis' => [__('Redis', 'dormouse'), __('Leave all of it empty to use the object cache\'s server (WP_REDIS_*) or, without one, the socket of Dormouse\'s own Redis.', 'dormouse'), self::redis()],
            'outbox' => [__('Outbox', 'dormouse'), __('Where jobs wait while Redis is away.', 'dormouse'), [
                'redis_pause' => [self::NUMBER, __('Pause after a failure', 'dormouse'), __('Seconds in which no page tries Redis again. 30 if empty.', 'dormouse')],
            ]],
            'events' => [__('Webhooks', 'dormouse'), '', [
                'events_off' => [self::EVENTS, __('Events', 'dormouse'), __('Hooks subscribe to events in their own table; an event without a tick calls none of them.', 'dormouse')],
            ]],
            'grant' => [__('Grant endpoint', 'dormouse'), __('Gives access to a course when another system asks for it.', 'dormouse'), self::grant()],
            'subscriptions' => [__('Subscriptions and courses', 'dormouse'), '', self::bridges()],
            'letters' => [__('Reminders', 'dormouse'), __('Letters to students whose access ended. Their texts belong to the level.', 'dormouse'), [
                'unsubscribe' => [self::SWITCH, __('Unsubscribe link', 'dormouse'), __('Letters say how to get no more of them, and mail programs show a button for it. Needs https and the key of the worker\'s questions. Links that were sent work also when this is off.', 'dormouse')],
            ]],
            'removal' => [__('Removal', 'dormouse'), '', [
                'remove_data' => [self::SWITCH, __('Delete all data with the plugin', 'dormouse'), __('Also the records of grants and certificates. Without them a grant that is asked for again would be given again.', 'dormouse')],
            ]],
        ];
    }

    /** @return array<string,array{0:string,1:string,2:string}> all fields by name */
    public static function all(): array
    {
        return array_merge(...array_values(array_column(self::sections(), 2)));
    }

    /** @return array<string,string> value => label */
    public static function schemes(): array
    {
        return [
            '' => __('as the fields below say', 'dormouse'),
            'unix' => __('UNIX socket', 'dormouse'),
            'tcp' => 'TCP',
            'tls' => 'TLS',
        ];
    }

    private static function queue(): array
    {
        return [
            'enabled' => [self::SWITCH, __('Hand jobs to Redis', 'dormouse'), __('Switched on only when the connection works. Until then jobs wait in the outbox.', 'dormouse')],
            'site' => [self::TEXT, __('Site name', 'dormouse'), __('As site.name in the worker\'s configuration; "main" if empty. a-z 0-9 _ -, at most 32.', 'dormouse')],
            'key_id' => [self::TEXT, __('Signing key id', 'dormouse'), __('As in the worker\'s queue.signing_keys; "main" if empty.', 'dormouse')],
            'key' => [self::SECRET, __('Signing key', 'dormouse'), __('The worker takes only jobs signed with it. At least 16 bytes.', 'dormouse')],
        ];
    }

    private static function redis(): array
    {
        return [
            'redis_scheme' => [self::CHOICE, __('Connection', 'dormouse'), ''],
            /* translators: %s: path of a file */
            'redis_path' => [self::TEXT, __('Socket', 'dormouse'), sprintf(__('Dormouse\'s own Redis: %s', 'dormouse'), Endpoint::DEFAULT_PATH)],
            'redis_host' => [self::TEXT, __('Host', 'dormouse'), __('Prefer an address to a name: PHP cannot bound a name look-up.', 'dormouse')],
            'redis_port' => [self::NUMBER, __('Port', 'dormouse'), __('6379 if empty.', 'dormouse')],
            'redis_username' => [self::TEXT, __('User', 'dormouse'), __('An account that may LPUSH to the site\'s list, and nothing else.', 'dormouse')],
            'redis_password' => [self::SECRET, __('Password', 'dormouse'), ''],
            'redis_database' => [self::NUMBER, __('Database', 'dormouse'), __('Never the object cache\'s: flushing the cache would delete the jobs.', 'dormouse')],
            'redis_timeout' => [self::TEXT, __('Timeout', 'dormouse'), __('Seconds for connecting, logging in and pushing together, 0.05 to 1; 0.5 if empty.', 'dormouse')],
        ];
    }

    private static function grant(): array
    {
        return [
            'grant_key' => [self::SECRET, __('Key of the grant endpoint', 'dormouse'), __('Callers send it as X-API-Key; the worker as kinds.grant.key. Without one only administrators may call.', 'dormouse')],
            'grant_async' => [self::SWITCH, __('Grants run later', 'dormouse'), __('Callers get 202 and a job id at once; the worker gives the access.', 'dormouse')],
        ];
    }

    private static function bridges(): array
    {
        return [
            'companion_key' => [self::SECRET, __('Key of the worker\'s questions', 'dormouse'), __('The worker sends it when it asks for a subscription or for a letter: site.companion.key in its configuration.', 'dormouse')],
            'licence_bridge' => [self::SWITCH, __('Licence bridge', 'dormouse'), __('An active subscription tells the licence server, and so does a new period.', 'dormouse')],
            'bundle_courses' => [self::SWITCH, __('Bundle courses', 'dormouse'), __('A certificate given by hand opens the next course of the student\'s bundle.', 'dormouse')],
        ];
    }
}
