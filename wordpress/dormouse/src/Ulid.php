<?php

namespace Dormouse;

/** Job ids: 48 bits of milliseconds and 80 random bits as 26 characters of Crockford's base 32. */
final class Ulid
{
    private const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    public const PATTERN = '/\A[0-7][0-9A-HJKMNP-TV-Z]{25}\z/';

    /** @param string $random exactly 10 bytes */
    public static function from(int $now_ms, string $random): string
    {
        $text = '';
        for ($shift = 45; $shift >= 0; $shift -= 5) {
            $text .= self::ALPHABET[($now_ms >> $shift) & 31];
        }
        foreach ([substr($random, 0, 5), substr($random, 5, 5)] as $half) {
            $bits = hexdec(bin2hex($half));
            for ($shift = 35; $shift >= 0; $shift -= 5) {
                $text .= self::ALPHABET[($bits >> $shift) & 31];
            }
        }
        return $text;
    }

    /** @throws \Exception when the system has no random source */
    public static function make(int $now_ms): string
    {
        return self::from($now_ms, random_bytes(10));
    }
}
