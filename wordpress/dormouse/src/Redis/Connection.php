<?php

namespace Dormouse\Redis;

use Dormouse\Deadline;

/**
 * One connection of our own: never the object cache's, so no prefix, serializer or compression of others can touch an
 * envelope. Every call ends by its deadline.
 */
interface Connection
{
    /** Can this driver be used on this site? */
    public static function available(): bool;

    /**
     * Connects, logs in and selects the database.
     *
     * @throws Failure
     */
    public function open(Endpoint $endpoint, Deadline $limit): void;

    /**
     * Sends one command.
     *
     * @param string[] $words
     * @return int|string|array|null the reply
     * @throws Failure also for an error reply (`answered` is true then)
     */
    public function command(array $words, Deadline $limit);

    public function close(): void;
}
