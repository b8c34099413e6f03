<?php

namespace Dormouse\Letters;

/**
 * What an unsubscribe link carries: who, and the address that the letter went to, as its hash; both sealed. So the link
 * works when the address has changed since, and when the user is gone. Pure.
 */
final class Token
{
    private const PATTERN = '/\A([1-9]\d{0,18})\.([\w-]{43})\.([\w-]{43})\z/';

    /** @param string $address_hash hexadecimal, of Suppression::hash() */
    public static function make(int $user_id, string $address_hash, string $key): string
    {
        $seal = hash_hmac('sha256', self::sealed($user_id, $address_hash), $key);
        return $user_id . '.' . self::pack($address_hash) . '.' . self::pack($seal);
    }

    /** @return array{user_id:int,address_hash:string}|null null: not made here */
    public static function read(string $token, string $key): ?array
    {
        if ($key === '' || preg_match(self::PATTERN, $token, $found) !== 1) {
            return null;
        }
        $user_id = (int) $found[1];
        $address_hash = bin2hex((string) base64_decode(strtr($found[2], '-_', '+/'), true));
        return hash_equals(self::make($user_id, $address_hash, $key), $token) ? compact('user_id', 'address_hash') : null;
    }

    private static function sealed(int $user_id, string $address_hash): string
    {
        return "dormouse.unsubscribe.1\n$user_id\n$address_hash";
    }

    private static function pack(string $hexadecimal): string
    {
        return rtrim(strtr(base64_encode((string) hex2bin($hexadecimal)), '+/', '-_'), '=');
    }
}
