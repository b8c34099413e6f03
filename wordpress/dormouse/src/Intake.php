<?php

namespace Dormouse;

use Dormouse\Redis\Failure;
use Dormouse\Redis\Session;

/** The way of an envelope out of this request: Redis, or the outbox when Redis is away. */
final class Intake
{
    /** @var array<string,Session> connections of this request, by what they connect to */
    private static $sessions = [];
    /** @var bool Redis came back during this request */
    private static $recovered = false;

    /**
     * Stores envelopes durably: all with one LPUSH, or each as a row of the outbox.
     *
     * @param array<array-key,string> $envelopes
     * @return array<array-key,bool> with the same keys: is it stored?
     */
    public static function deliver(array $envelopes): array
    {
        $enabled = Settings::enabled();
        $reason = $enabled ? 'redis was away a moment ago' : 'switched off';
        if ($enabled && Circuit::allows(time())) {
            try {
                self::push(array_values($envelopes));
                return array_fill_keys(array_keys($envelopes), true);
            } catch (\Throwable $e) {
                // Also what a driver throws that nobody expected: the job must not be lost.
                $reason = $e->getMessage();
                Log::failure('redis: ' . $reason . '; jobs go to the outbox');
            }
        }
        return array_map(static function (string $envelope) use ($reason): bool {
            return Outbox::add($envelope, $reason);
        }, $envelopes);
    }

    /**
     * @param string[] $envelopes
     * @throws Failure when Redis did not confirm; it may have them all the same
     */
    public static function push(array $envelopes): void
    {
        try {
            $length = self::session()->command(array_merge(['LPUSH', Settings::intake()], $envelopes));
            if (!is_int($length)) {
                throw new Failure('LPUSH: not the answer of a list', true);
            }
        } catch (\Throwable $e) {
            Circuit::failed(time());
            throw $e;
        }
        self::$recovered = Circuit::worked() || self::$recovered;
    }

    /** At the end of a request, after the visitor has the page: moves one batch if there may be one. */
    public static function drain_late(): void
    {
        try {
            if (!self::$recovered && !Outbox::waiting() || wp_installing() || !Settings::enabled() || !Circuit::allows(time())) {
                return;
            }
            if (function_exists('fastcgi_finish_request')) {
                fastcgi_finish_request();
            }
            Outbox::drain([self::class, 'push']);
        } catch (\Throwable $e) {
            Log::failure('outbox: ' . $e->getMessage());
        }
    }

    /** The connection of this request to the configured server. */
    public static function session(): Session
    {
        $endpoint = Settings::endpoint();
        $name = md5(serialize($endpoint) . Settings::driver());
        if (!isset(self::$sessions[$name])) {
            self::$sessions[$name] = new Session($endpoint, Settings::driver());
        }
        return self::$sessions[$name];
    }
}
