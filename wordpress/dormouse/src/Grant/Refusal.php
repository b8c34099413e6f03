<?php

namespace Dormouse\Grant;

/** No grant was made, or not yet; the endpoint answers with it. The message names the member or id and what to do. */
final class Refusal extends \RuntimeException
{
    /** The external_id stands for something else. */
    public const OTHER_FACTS = 'dormouse_key_reused';
    public const DATABASE = 'dormouse_database';

    /** @var string for programs, such as `dormouse_no_level` */
    public $word;
    /** @var int HTTP status */
    public $status;
    /** @var array<string,mixed> more for programs: `member`, `retry_after` (seconds) */
    public $data;

    public function __construct(int $status, string $word, string $message, array $data = [])
    {
        parent::__construct($message);
        $this->word = $word;
        $this->status = $status;
        $this->data = $data;
    }

    public static function bad(string $member, string $rule): self
    {
        return new self(400, 'dormouse_bad_request', $member . ' ' . $rule, ['member' => $member]);
    }

    /** Somebody else is at it. */
    public static function busy(string $what): self
    {
        return new self(409, 'dormouse_in_progress', $what . ' is in progress; ask again', ['retry_after' => 2]);
    }

    /** Nothing is wrong with the request; it may be sent again as it is. */
    public static function unavailable(string $word, string $message): self
    {
        return new self(503, $word, $message, ['retry_after' => 30]);
    }

    public static function database(string $what): self
    {
        return self::unavailable(self::DATABASE, $what . '; send the same request again');
    }

    /** The very same request will have another end later. */
    public function is_passing(): bool
    {
        return $this->status === 409 || $this->status >= 500;
    }
}
