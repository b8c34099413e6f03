<?php

namespace Dormouse;

/** A point on the monotonic clock, passed down instead of timeouts. */
final class Deadline
{
    /** @var int nanoseconds of hrtime() */
    private $at;

    private function __construct(int $at)
    {
        $this->at = $at;
    }

    public static function in(float $seconds): self
    {
        return new self(hrtime(true) + (int) ($seconds * 1e9));
    }

    /** Seconds left; never negative. */
    public function left(): float
    {
        return max(0.0, ($this->at - hrtime(true)) / 1e9);
    }

    public function passed(): bool
    {
        return $this->left() <= 0.0;
    }
}
