<?php

namespace Dormouse\Redis;

use Dormouse\Deadline;

/** RESP over a PHP stream: for sites with neither phpredis nor Predis. */
final class Socket implements Connection
{
    /** More than any answer to the few commands sent here. */
    private const MOST_BYTES = 1048576;

    /** @var resource|null */
    private $stream;
    /** @var string bytes read and not parsed yet */
    private $buffer = '';

    public static function available(): bool
    {
        return function_exists('stream_socket_client');
    }

    public function open(Endpoint $endpoint, Deadline $limit): void
    {
        $this->close();
        $host = strpos($endpoint->host, ':') !== false ? '[' . trim($endpoint->host, '[]') . ']' : $endpoint->host;
        $address = $endpoint->scheme === 'unix'
            ? 'unix://' . $endpoint->path
            : $endpoint->scheme . '://' . $host . ':' . $endpoint->port;
        $context = stream_context_create($endpoint->tls ? ['ssl' => $endpoint->tls] : []);
        $left = max(0.001, $limit->left());
        $stream = @stream_socket_client($address, $code, $text, $left, STREAM_CLIENT_CONNECT, $context);
        if ($stream === false) {
            throw new Failure('connect: ' . ($text !== '' ? $text : 'failed'));
        }
        stream_set_blocking($stream, false);
        $this->stream = $stream;
        foreach ($endpoint->opening_commands() as $words) {
            $this->command($words, $limit);
        }
    }

    public function command(array $words, Deadline $limit)
    {
        if ($this->stream === null || $limit->passed()) {
            throw Failure::timed_out($words[0]);
        }
        $request = '*' . count($words) . "\r\n";
        foreach ($words as $word) {
            $request .= '$' . strlen($word) . "\r\n" . $word . "\r\n";
        }
        try {
            $this->write($request, $limit);
            $reply = $this->reply($limit);
        } catch (Failure $e) {
            // A late answer would be taken for the next command's.
            $this->close();
            throw new Failure($words[0] . ': ' . $e->getMessage());
        }
        if ($reply instanceof Failure) {
            throw Failure::reply($words[0], $reply->getMessage());
        }
        return $reply;
    }

    public function close(): void
    {
        if ($this->stream !== null) {
            @fclose($this->stream);
            $this->stream = null;
        }
        $this->buffer = '';
    }

    private function write(string $bytes, Deadline $limit): void
    {
        while ($bytes !== '') {
            $written = @fwrite($this->stream, $bytes);
            if ($written === false) {
                throw new Failure('connection lost');
            }
            $bytes = (string) substr($bytes, $written);
            if ($bytes !== '') {
                $this->wait(false, $limit);
            }
        }
    }

    /** @return int|string|array|null|Failure a Failure is an error reply */
    private function reply(Deadline $limit)
    {
        $line = $this->line($limit);
        $rest = (string) substr($line, 1);
        switch ($line[0] ?? '') {
            case '+':
                return $rest;
            case '-':
                return new Failure($rest, true);
            case ':':
                return (int) $rest;
            case '$':
                return (int) $rest < 0 ? null : $this->bulk((int) $rest, $limit);
            case '*':
                $out = [];
                for ($left = (int) $rest; $left > 0; $left--) {
                    $out[] = $this->reply($limit);
                }
                return $out;
        }
        throw new Failure('this is not a Redis server');
    }

    private function line(Deadline $limit): string
    {
        while (($end = strpos($this->buffer, "\r\n")) === false) {
            $this->read($limit);
        }
        $line = substr($this->buffer, 0, $end);
        $this->buffer = (string) substr($this->buffer, $end + 2);
        return $line;
    }

    private function bulk(int $length, Deadline $limit): string
    {
        while (strlen($this->buffer) < $length + 2) {
            $this->read($limit);
        }
        $text = substr($this->buffer, 0, $length);
        $this->buffer = (string) substr($this->buffer, $length + 2);
        return $text;
    }

    private function read(Deadline $limit): void
    {
        // TLS may hold decrypted bytes that no select() shows: read first, then wait.
        $bytes = @fread($this->stream, 65536);
        if ($bytes === false || $bytes === '' && feof($this->stream)) {
            throw new Failure('connection lost');
        }
        if (strlen($this->buffer) + strlen($bytes) > self::MOST_BYTES) {
            throw new Failure('the answer is too long');
        }
        $this->buffer .= $bytes;
        if ($bytes === '') {
            $this->wait(true, $limit);
        }
    }

    private function wait(bool $for_reading, Deadline $limit): void
    {
        $left = $limit->left();
        $read = $for_reading ? [$this->stream] : [];
        $write = $for_reading ? [] : [$this->stream];
        $except = [];
        if ($left <= 0.0 || !@stream_select($read, $write, $except, (int) $left, (int) (fmod($left, 1.0) * 1e6))) {
            throw new Failure('no answer in time');
        }
    }
}
