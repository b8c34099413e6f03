<?php

use Dormouse\Envelope;
use Dormouse\InvalidJob;
use Dormouse\Ulid;
use DormouseTest\EnvelopeReader;
use PHPUnit\Framework\TestCase;

final class EnvelopeTest extends TestCase
{
    private const GOLDEN = __DIR__ . '/../golden';
    private const ID = '01M842J7G000000000000000A1';
    private const NOW = 1795212000000;

    public static function golden(): array
    {
        $cases = json_decode(file_get_contents(self::GOLDEN . '/envelopes.json'));
        return array_combine(array_column($cases, 'name'), array_map(static function ($case): array {
            return [$case];
        }, $cases));
    }

    /** @dataProvider golden */
    public function test_golden_case_is_what_the_file_says(stdClass $case): void
    {
        [$reason, $job] = (new EnvelopeReader((array) $case))->read(self::bytes($case));
        self::assertSame($case->valid ? null : $case->reason, $reason);
        foreach ($case->valid ? $case->job : [] as $name => $value) {
            self::assertEquals($value, $job->$name, $name);
        }
    }

    public function test_golden_file_is_what_the_plugin_writes_today(): void
    {
        exec('php ' . escapeshellarg(self::GOLDEN . '/make_envelopes.php'), $lines, $code);
        self::assertSame(0, $code);
        self::assertSame(file_get_contents(self::GOLDEN . '/envelopes.json'), implode("\n", $lines) . "\n");
    }

    public function test_golden_file_has_enough_of_both(): void
    {
        $valid = count(array_filter(array_column(array_column(self::golden(), 0), 'valid')));
        self::assertGreaterThanOrEqual(15, $valid);
        self::assertGreaterThanOrEqual(35, count(self::golden()) - $valid);
    }

    public static function refused(): array
    {
        return [
            'kind' => ['Grant', ['a' => 1], [], 'kind'],
            'kind missing' => [null, [], [], 'kind'],
            'args list' => ['grant', [1, 2], [], 'names'],
            'args text' => ['grant', '{}', [], 'args'],
            'args not UTF-8' => ['grant', ['a' => "\xff"], [], 'JSON'],
            'args infinite' => ['grant', ['a' => INF], [], 'JSON'],
            'args a file' => ['grant', ['a' => STDIN], [], 'JSON'],
            'args too deep' => ['grant', ['a' => self::deep(32)], [], 'depth'],
            'options text' => ['grant', [], 'key', 'options'],
            'option unknown' => ['grant', [], ['retries' => 3], 'unknown option retries'],
            'key empty' => ['grant', [], ['key' => ''], 'key'],
            'key too long' => ['grant', [], ['key' => str_repeat('k', 201)], 'key'],
            'key with newline' => ['grant', [], ['key' => "a\n"], 'control'],
            'key a number' => ['grant', [], ['key' => 5], 'key'],
            'at in seconds' => ['grant', [], ['at' => 1795212000], 'seconds'],
            'at too late' => ['grant', [], ['at' => 4102444800001], 'at must be'],
            'expire before at' => ['grant', [], ['at' => self::NOW, 'expire' => self::NOW], 'later'],
            'queue' => ['grant', [], ['queue' => 'a:b'], 'queue'],
            'priority' => ['grant', [], ['priority' => 'urgent'], 'priority'],
            'timeout' => ['grant', [], ['timeout' => 0], 'timeout'],
            'timeout text' => ['grant', [], ['timeout' => '20'], 'timeout'],
            'attempts' => ['grant', [], ['max_attempts' => 101], 'max_attempts'],
            'trace' => ['grant', [], ['trace' => str_repeat('t', 129)], 'trace'],
            'id' => ['grant', [], ['id' => 'x'], 'ULID'],
            'then text' => ['grant', [], ['then' => 'grant'], 'then: must be an array'],
            'then kind' => ['grant', [], ['then' => ['args' => []]], 'then: kind'],
            'then args' => ['grant', [], ['then' => ['kind' => 'grant']], 'then: args'],
            'then at' => ['grant', [], ['then' => ['kind' => 'grant', 'args' => [], 'at' => self::NOW]], 'then: unknown option at'],
            'then then' => ['grant', [], ['then' => ['kind' => 'grant', 'args' => [], 'then' => ['kind' => 'Grant']]], 'then.then: kind'],
            'then too many' => ['grant', [], ['then' => self::chain(5)], 'at most 4'],
        ];
    }

    /** @dataProvider refused */
    public function test_bad_job_is_refused_with_the_name_of_the_field($kind, $args, $options, string $word): void
    {
        $this->expectException(InvalidJob::class);
        $this->expectExceptionMessageMatches('/' . preg_quote($word, '/') . '/i');
        Envelope::json('main', $kind, $args, $options, self::ID, self::NOW);
    }

    public function test_too_large_job_is_refused_and_says_its_size(): void
    {
        $json = Envelope::json('main', 'grant', ['a' => str_repeat('x', Envelope::MAX_BYTES)], [], self::ID, self::NOW);
        $this->expectException(InvalidJob::class);
        $this->expectExceptionMessageMatches('/more than 262144/');
        Envelope::sign($json, 'k1', 'a key of enough bytes');
    }

    public function test_dates_become_milliseconds(): void
    {
        $at = new DateTimeImmutable('2026-11-21 03:00:00.250', new DateTimeZone('Europe/Moscow'));
        $job = json_decode(Envelope::json('main', 'grant', [], ['at' => $at], self::ID, self::NOW));
        self::assertSame(1795219200250, $job->at);
    }

    public function test_ulid_holds_its_time_and_random_bits(): void
    {
        self::assertSame('01ARZ3NDEKTSV4RRFFQ69G5FAV', Ulid::from(1469922850259, hex2bin('d6764c61efb99302bd5b')));
        self::assertSame('7ZZZZZZZZZZZZZZZZZZZZZZZZZ', Ulid::from((1 << 48) - 1, str_repeat("\xff", 10)));
    }

    public function test_ulids_sort_by_time_and_differ(): void
    {
        $first = Ulid::make(self::NOW);
        self::assertMatchesRegularExpression(Ulid::PATTERN, $first);
        self::assertGreaterThan($first, Ulid::make(self::NOW + 1));
        self::assertNotSame($first, Ulid::make(self::NOW));
    }

    private static function deep(int $levels): array
    {
        return $levels === 0 ? [] : [self::deep($levels - 1)];
    }

    private static function chain(int $length): array
    {
        $job = ['kind' => 'grant', 'args' => []];
        return $length === 1 ? $job : $job + ['then' => self::chain($length - 1)];
    }

    private static function bytes(stdClass $case): string
    {
        $text = static function (stdClass $part): string {
            return $part->envelope ?? base64_decode($part->envelope_base64, true);
        };
        if (!isset($case->envelope_parts)) {
            return $text($case);
        }
        return implode('', array_map(static function (stdClass $part) use ($text): string {
            return str_repeat($text($part), $part->times);
        }, $case->envelope_parts));
    }
}
