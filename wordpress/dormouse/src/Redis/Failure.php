<?php

namespace Dormouse\Redis;

/** Redis could not be reached in time, or answered with an error. The message is safe to show. */
final class Failure extends \RuntimeException
{
    /** @var bool the server answered, with an error */
    public $answered;

    public function __construct(string $message, bool $answered = false)
    {
        parent::__construct($message);
        $this->answered = $answered;
    }

    /** An error reply. What was sent never is in the text: some servers quote it, and it may be a password. */
    public static function reply(string $command, string $text): self
    {
        $known = ['AUTH' => true, 'HELLO' => true];
        return new self($command . ': ' . (isset($known[$command]) ? strtok($text, ' ') : $text), true);
    }

    public static function timed_out(string $doing): self
    {
        return new self($doing . ': no answer in time');
    }

    /** First word of an error reply (NOPERM, OOM, READONLY …). */
    public function code_word(): string
    {
        return preg_match('/: ([A-Z]+)\b/', $this->getMessage(), $found) === 1 ? $found[1] : '';
    }
}
