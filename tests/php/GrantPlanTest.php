<?php

use Dormouse\Grant\Plan;
use PHPUnit\Framework\TestCase;

/** What is done next after a crash, without a server: the table of Plan, row by row. */
final class GrantPlanTest extends TestCase
{
    private const USER = 7;

    public static function situations(): array
    {
        $new = ['status' => 'new', 'user_id' => 0];
        $used = ['status' => 'used', 'user_id' => self::USER];
        $seen = ['code' => 'c', 'floor_id' => '3', 'key_id' => '4'];
        $begun = $seen + ['activating' => '1'];
        return [
            'nothing was begun' => [[], null, Plan::INSERT],
            'an insert was begun and its code is not known' => [['floor_id' => '0'], null, Plan::SEARCH],
            'the core rolled its insert back' => [['code' => 'c', 'floor_id' => '3'], null, Plan::INSERT],
            'inserted' => [['code' => 'c', 'floor_id' => '3'], $new, Plan::ACTIVATE],
            'inserted and seen' => [$seen, $new, Plan::ACTIVATE],
            'activation begun, not done' => [$begun, $new, Plan::ACTIVATE],
            'activated, nobody told' => [$begun, $used, Plan::TELL],
            'activated, some told' => [$begun + ['told' => '1'], $used, Plan::TELL_OWN],
            'activated, all told' => [$begun + ['told' => '2'], $used, Plan::RECORD],
            'activated and run out since' => [$begun + ['told' => '2'], ['status' => 'expired'] + $used, Plan::RECORD],
            'activated for the user by somebody else' => [$seen, $used, Plan::RECORD],
            'deleted after it was seen' => [$seen, null, Plan::WITHDRAWN],
            'banned' => [$seen, ['withdrawn' => true] + $new, Plan::WITHDRAWN],
            'banned after activation' => [$begun, ['withdrawn' => true] + $used, Plan::WITHDRAWN],
            'used by another' => [$begun, ['user_id' => 8] + $used, Plan::WITHDRAWN],
            'new, but another\'s' => [$seen, ['user_id' => 8] + $new, Plan::WITHDRAWN],
            'of another level' => [$seen, ['term_id' => 2] + $new, Plan::WITHDRAWN],
        ];
    }

    /** @dataProvider situations */
    public function test_next_step_follows_from_row_and_key(array $row, ?array $key, string $next): void
    {
        $row += ['code' => '', 'floor_id' => null, 'key_id' => null, 'term_id' => '1', 'told' => '0', 'activating' => '0'];
        $key = $key === null ? null : $key + ['term_id' => 1, 'withdrawn' => false];
        self::assertSame($next, Plan::next($row, $key, self::USER));
    }
}
