<?php

use Dormouse\Licence\Period;
use PHPUnit\Framework\TestCase;

/** What subscription plugins say, in every spelling seen, becomes one form or "not known". */
final class LicencePeriodTest extends TestCase
{
    public static function units(): array
    {
        $known = ['D' => 'day', 'W' => 'week', 'M' => 'month', 'Y' => 'year', 'd' => 'day', 'y' => 'year', 'Month' => 'month',
            'YEAR' => 'year', 'days' => 'day', 'weeks' => 'week', ' month ' => 'month'];
        $unknown = array_fill_keys(['', 'MM', 'fortnight', 's', '1', 'P1M'], null);
        $cases = [];
        foreach ($known + $unknown as $value => $unit) {
            $cases["'$value'"] = [(string) $value, $unit];
        }
        return $cases + ['null' => [null, null], 'list' => [['M'], null], 'number' => [1, null]];
    }

    /** @dataProvider units */
    public function test_unit_is_a_word_whatever_its_spelling($value, ?string $unit): void
    {
        self::assertSame($unit, Period::unit($value));
    }

    public static function intervals(): array
    {
        return ['number' => [3, 3], 'text' => ['12', 12], 'zero' => [0, null], 'negative' => ['-1', null], 'fraction' => [1.5, null],
            'null' => [null, null], 'empty' => ['', null], 'words' => ['one', null], 'list' => [[1], null]];
    }

    /** @dataProvider intervals */
    public function test_interval_is_a_number_from_1($value, ?int $interval): void
    {
        self::assertSame($interval, Period::interval($value));
    }

    public static function moments(): array
    {
        $moscow = new DateTimeZone('Europe/Moscow');
        return [
            'seconds' => [1795212000, '2026-11-20 22:00:00'],
            'seconds as text' => ['1795212000', '2026-11-20 22:00:00'],
            'text in UTC' => ['2026-11-20 22:00:00', '2026-11-20 22:00:00'],
            'ISO' => ['2026-11-20T22:00:00', '2026-11-20 22:00:00'],
            'ISO with Z' => ['2026-11-20T22:00:00Z', '2026-11-20 22:00:00'],
            'ISO with a zone' => ['2026-11-21T01:00:00+03:00', '2026-11-20 22:00:00'],
            'day' => ['2026-11-20', '2026-11-20 00:00:00'],
            'object in another zone' => [new DateTimeImmutable('2026-11-21 01:00:00', $moscow), '2026-11-20 22:00:00'],
            'mutable object' => [new DateTime('@1795212000'), '2026-11-20 22:00:00'],
            'zero' => [0, null],
            'zero as text' => ['0', null],
            'minus one' => [-1, null],
            'empty' => ['', null],
            'null' => [null, null],
            'false' => [false, null],
            'zero date' => ['0000-00-00 00:00:00', null],
            'zero date in disguise' => ['-62169984000', null],
            'epoch' => ['1970-01-01 00:00:00', null],
            'no date' => ['2026-99-99 00:00:00', null],
            'words' => ['tomorrow', null],
            'fraction' => [1795212000.5, null],
        ];
    }

    /** @dataProvider moments */
    public function test_moment_is_utc_and_nothing_is_not_1970($value, ?string $moment): void
    {
        self::assertSame($moment, Period::moment($value));
    }
}
