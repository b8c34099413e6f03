<?php

namespace Dormouse;

/**
 * The way in for themes and plugins.
 *
 *     $id = \Dormouse\Client::enqueue('level-letter', ['user_id' => 42], ['key' => 'level-letter:42:2026-11']);
 *
 * For the kinds that come with Dormouse there are classes that check args and make the key: Dormouse\Jobs.
 *
 * Safe in any page: it never throws, prints or waits longer than the Redis timeout (0.5 s unless configured, at most
 * 1 s), and after a failure it does not wait at all for a while. A job whose id was returned is stored durably, in
 * Redis or in the outbox table.
 */
final class Client
{
    /** @var string */
    private static $last_error = '';

    /**
     * @param string $kind    what runs the job, as in the worker's configuration
     * @param array  $args    names of things (ids), not their contents and never secrets or URLs
     * @param array  $options `key`, `at`, `expire`, `queue`, `priority`, `timeout`, `max_attempts`, `trace`, `id`,
     *                        `then`; see Envelope::json()
     * @return string|false the job's id, or false: see last_error()
     */
    public static function enqueue($kind, $args = [], $options = [])
    {
        return self::enqueue_all([[$kind, $args, $options]])[0];
    }

    /**
     * Several jobs in one round trip.
     *
     * @param array $jobs list of [kind, args, options]
     * @return array<array-key,string|false> with the same keys
     */
    public static function enqueue_all(array $jobs): array
    {
        self::$last_error = '';
        $ids = array_fill_keys(array_keys($jobs), false);
        try {
            $envelopes = [];
            foreach ($jobs as $index => $job) {
                try {
                    $id = Ulid::make(self::now_ms());
                    $envelopes[$index] = self::envelope($job, $id);
                    $ids[$index] = $job[2]['id'] ?? $id;
                } catch (InvalidJob $e) {
                    self::fail($e->getMessage());
                }
            }
            foreach ($envelopes ? Intake::deliver($envelopes) : [] as $index => $stored) {
                if (!$stored) {
                    $ids[$index] = false;
                    self::fail('neither Redis nor the outbox table took the job');
                }
            }
        } catch (\Throwable $e) {
            self::fail(get_class($e) . ': ' . $e->getMessage());
            return array_fill_keys(array_keys($jobs), false);
        }
        return $ids;
    }

    /** Why the last call returned false; empty if it did not. */
    public static function last_error(): string
    {
        return self::$last_error;
    }

    /** @param mixed $job [kind, args, options] */
    private static function envelope($job, string $id): string
    {
        $job = is_array($job) ? array_values($job) : [];
        $json = Envelope::json(Settings::site(), $job[0] ?? null, $job[1] ?? [], $job[2] ?? [], $id, self::now_ms());
        $key = Settings::key();
        return $key === '' ? Envelope::bounded($json) : Envelope::sign($json, Settings::key_id(), $key);
    }

    private static function now_ms(): int
    {
        return (int) (microtime(true) * 1000);
    }

    private static function fail(string $message): void
    {
        self::$last_error = $message;
        Log::failure('enqueue: ' . $message);
    }
}
