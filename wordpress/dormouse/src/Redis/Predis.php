<?php

namespace Dormouse\Redis;

use Dormouse\Deadline;

/** The PHP library Predis (1.0 or later), where the site already loads one. */
final class Predis implements Connection
{
    /** @var \Predis\Client|null */
    private $client;

    public static function available(): bool
    {
        return class_exists('Predis\Client');
    }

    public function open(Endpoint $endpoint, Deadline $limit): void
    {
        $this->close();
        // No read_write_timeout: wait_at_most() sets it, and Predis 1 warns about fractions of a second.
        $parameters = ['scheme' => $endpoint->scheme, 'timeout' => max(0.001, $limit->left())];
        $parameters += $endpoint->scheme === 'unix'
            ? ['path' => $endpoint->path]
            : ['host' => $endpoint->host, 'port' => $endpoint->port];
        if ($endpoint->tls) {
            $parameters['ssl'] = $endpoint->tls;
        }
        $this->client = new \Predis\Client($parameters);
        try {
            @$this->client->connect();
        } catch (\Predis\PredisException $e) {
            throw new Failure('connect: ' . $e->getMessage());
        }
        // Not as parameters: so each answer is checked, and in time.
        foreach ($endpoint->opening_commands() as $words) {
            $this->command($words, $limit);
        }
    }

    public function command(array $words, Deadline $limit)
    {
        if ($this->client === null || $limit->passed()) {
            throw Failure::timed_out($words[0]);
        }
        $failed = false;
        try {
            $this->wait_at_most($limit->left());
            $reply = $this->client->executeRaw($words, $failed);
        } catch (\Predis\PredisException $e) {
            throw new Failure($words[0] . ': ' . $e->getMessage());
        }
        if ($failed) {
            throw Failure::reply($words[0], (string) $reply);
        }
        return $reply;
    }

    public function close(): void
    {
        if ($this->client !== null) {
            $this->client->disconnect();
            $this->client = null;
        }
    }

    private function wait_at_most(float $seconds): void
    {
        $connection = $this->client->getConnection();
        $stream = method_exists($connection, 'getResource') ? $connection->getResource() : null;
        if (is_resource($stream)) {
            stream_set_timeout($stream, (int) $seconds, (int) (fmod($seconds, 1.0) * 1e6));
        }
    }
}
