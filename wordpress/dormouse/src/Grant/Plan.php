<?php

namespace Dormouse\Grant;

/**
 * What is to be done next, from what our row says was begun and what the key says was done. Pure.
 *
 * | our row                        | the key                  | next     |
 * |--------------------------------|--------------------------|----------|
 * | no code, no insert begun       |                          | INSERT   |
 * | no code, insert begun          |                          | SEARCH   |
 * | code, key never seen           | not there                | INSERT   |
 * | code                           | new, nobody's            | ACTIVATE |
 * | code, activation begun, untold | used, the user's         | TELL     |
 * | code, telling begun            | used, the user's         | TELL_OWN |
 * | code, otherwise                | used, the user's         | RECORD   |
 * | code                           | anything else            | WITHDRAWN|
 *
 * The core's action is told exactly once as far as can be known: a listener that may have run is not run again, as it
 * may issue a certificate, unless there is no trace of any; our own ones recognise a repetition (TELL_OWN).
 */
final class Plan
{
    public const INSERT = 'insert';
    public const SEARCH = 'search';
    public const ACTIVATE = 'activate';
    public const TELL = 'tell';
    public const TELL_OWN = 'tell_own';
    public const RECORD = 'record';
    /** Somebody took the key, banned it or threw it away: a person must look. */
    public const WITHDRAWN = 'withdrawn';

    /** Values of the column `told`: has the core's action begun, has it ended. */
    public const UNTOLD = 0;
    public const TELLING = 1;
    public const TOLD = 2;

    /**
     * @param array      $row of the ledger
     * @param array|null $key of Core::key()
     */
    public static function next(array $row, ?array $key, int $user_id): string
    {
        if ((string) $row['code'] === '') {
            return $row['floor_id'] === null ? self::INSERT : self::SEARCH;
        }
        if ($key === null) {
            return $row['key_id'] === null ? self::INSERT : self::WITHDRAWN;
        }
        if ($key['withdrawn'] || $key['term_id'] !== (int) $row['term_id']) {
            return self::WITHDRAWN;
        }
        if ($key['status'] === 'new') {
            return $key['user_id'] === 0 ? self::ACTIVATE : self::WITHDRAWN;
        }
        return $key['user_id'] === $user_id ? self::after_activation($row) : self::WITHDRAWN;
    }

    private static function after_activation(array $row): string
    {
        if ((int) $row['told'] === self::TELLING) {
            return self::TELL_OWN;
        }
        return $row['activating'] && (int) $row['told'] === self::UNTOLD ? self::TELL : self::RECORD;
    }
}
