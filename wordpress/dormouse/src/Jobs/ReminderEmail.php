<?php

namespace Dormouse\Jobs;

use Dormouse\InvalidJob;
use Dormouse\Letters\Level;
use Dormouse\Settings;

/**
 * A letter. Those to students are planned by the worker's scheduler and by nobody else; from here only a test goes out: to
 * one's own address, tried once, and in no ledger.
 */
final class ReminderEmail extends Job
{
    public const KIND = 'reminder-email';

    /**
     * @param int|string $user_id  who gets it, and whose data stand in it
     * @param int|string $term_id
     * @param string     $stage    1, 2, 3, admin
     * @param int        $moment   Unix seconds: pressed twice within one, it is one letter
     * @throws InvalidJob
     */
    public static function test($user_id, $term_id, $stage, int $moment): self
    {
        $given = new Members(self::KIND, compact('user_id', 'term_id', 'stage'), ['user_id', 'term_id', 'stage']);
        $stages = '/\A(' . implode('|', Level::STAGES) . ')\z/';
        $test = ['user_id' => $given->whole('user_id'), 'term_id' => $given->whole('term_id'),
            'stage' => $given->text('stage', $stages, 'one of ' . implode(', ', Level::STAGES))];
        $key = implode(':', array_merge(['letter-test', Settings::site()], $test, [$moment]));
        return (new self(self::KIND, ['test' => $test], $key))->with(['max_attempts' => 1]);
    }
}
