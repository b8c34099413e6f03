<?php

namespace WPDesk\FlexibleSubscriptions\Vendor\WPDesk\Interval;

/** A length of one unit, such as P3M. */
class WPInterval extends \DateInterval
{
    private $text;

    public function __construct(string $duration)
    {
        parent::__construct($duration);
        $this->text = $duration;
    }

    /** @return string D, W, M or Y */
    public function unit(): string
    {
        return substr($this->text, -1);
    }

    public function length(): int
    {
        return (int) substr($this->text, 1, -1);
    }

    public function __toString(): string
    {
        return $this->text;
    }
}
