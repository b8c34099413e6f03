<?php

namespace Dormouse\Hooks;

use Dormouse\Client;
use Dormouse\Log;
use Dormouse\Settings;

/**
 * Turns WordPress actions into jobs: one `webhook-delivery` per active hook that wants the event.
 *
 * Listens at priority 20 (the core and the certificates have done their part at 10) to the activation of a key and to
 * every action that a row of the hook table names.
 */
final class Listener
{
    public const ACTIVATION = 'wpm_update_user_key_dates';
    /** Matches every event of a hook row; as an action it would be WordPress' own wildcard. */
    private const ALL = 'all';
    private const PRIORITY = 20;

    /** @var bool an action fired while we enqueue is not an event */
    private static $busy = false;

    public static function listen(): void
    {
        if (wp_installing()) {
            return;
        }
        $events = [self::ACTIVATION => true];
        foreach (Table::active() as $hook) {
            // The module's events are sources of an activation, not names of actions.
            foreach ($hook['module'] ? [] : $hook['events'] as $event) {
                if ($event !== self::ALL && preg_match('~\A[A-Za-z0-9_./:-]{1,100}\z~', $event) === 1) {
                    $events[$event] = true;
                }
            }
        }
        foreach (array_keys($events) as $event) {
            add_action((string) $event, [self::class, 'fired'], self::PRIORITY, 99);
        }
    }

    /**
     * @param mixed ...$args
     * @return mixed the first argument, in case the name is that of a filter
     */
    public static function fired(...$args)
    {
        self::occurred((string) current_filter(), $args);
        return $args[0] ?? null;
    }

    /** For who knows that an action fired while nobody could listen. Told twice, an activation is one job. */
    public static function occurred(string $action, array $args): void
    {
        if (self::$busy) {
            return;
        }
        self::$busy = true;
        try {
            self::enqueue($action, $args);
        } catch (\Throwable $e) {
            Log::failure('hook ' . $action . ': ' . get_class($e) . ': ' . $e->getMessage());
        } finally {
            self::$busy = false;
        }
    }

    /** @param array $args of the action */
    private static function enqueue(string $action, array $args): void
    {
        $source = $action === self::ACTIVATION ? (string) ($args[4] ?? '') : '';
        $wanted = [];
        foreach (Table::active() as $id => $hook) {
            $event = self::event_for($hook, $action, $source);
            if ($event !== null) {
                $wanted[$id] = $event;
            }
        }
        $wanted = $wanted ? array_diff($wanted, Settings::events_off()) : [];
        if (!$wanted) {
            return;
        }
        $occurrence = $action === self::ACTIVATION ? new Activation($args) : new Occurrence($action, $args);
        $fact = (string) apply_filters('dormouse_hook_fact', $occurrence->fact(), $action, $args);
        $jobs = [];
        foreach ($wanted as $id => $event) {
            $payload = $occurrence->payload($event, Table::active()[$id]['module']);
            $payload = apply_filters('dormouse_hook_payload', $payload, $event, $args, $id);
            $jobs[] = [
                'webhook-delivery',
                ['hook_id' => $id, 'event' => $event, 'payload' => self::json($payload)],
                ['queue' => 'webhook', 'key' => self::key($id, $fact)],
            ];
        }
        Client::enqueue_all($jobs);
    }

    /** The event under which a hook wants this, or null. */
    private static function event_for(array $hook, string $action, string $source): ?string
    {
        $names = $source !== '' ? [$action, $source] : [$action];
        foreach ($names as $name) {
            if (in_array($name, $hook['events'], true)) {
                return $name;
            }
        }
        if (!in_array(self::ALL, $hook['events'], true)) {
            return null;
        }
        return $hook['module'] && $source !== '' ? $source : $action;
    }

    /** @param mixed $payload */
    private static function json($payload): string
    {
        // wp_json_encode() repairs what is not UTF-8.
        $json = wp_json_encode($payload, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        if ($json === false) {
            throw new \UnexpectedValueException('the payload cannot be written as JSON');
        }
        return $json;
    }

    /** Same hook and same fact, same key; what would not fit the envelope becomes a digest. */
    private static function key(int $hook_id, string $fact): string
    {
        $key = 'hook:' . $hook_id . ':' . $fact;
        if (strlen($key) > 200 || preg_match('/\A\P{Cc}+\z/u', $key) !== 1) {
            $key = 'hook:' . $hook_id . ':sha256-' . hash('sha256', $fact);
        }
        return $key;
    }
}
