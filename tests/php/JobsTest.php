<?php

use Dormouse\Jobs\WalletCharge;
use DormouseTest\EnvelopeReader;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** The helpers of the kinds: what they enqueue, what they refuse, and that a key is a function of facts. */
final class JobsTest extends TestCase
{
    private const CHARGE = '["project_id" => "7f9c24e8", "amount" => 990, "reason" => "subscription:start",
        "subscription" => "42", "period_start" => "2026-11-21", "purpose" => "start"]';
    private const GRANT = '["email" => "anna@example.test", "term_id" => 15, "duration" => 6, "units" => "month",
        "external_id" => "lead_789"]';

    private static $site;
    private static $redis;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        self::$site = new Site();
        self::$site->define(['DORMOUSE_REDIS_PATH' => self::$redis->socket, 'DORMOUSE_SITE' => 'school']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
        self::assertSame([], self::$site->outbox());
    }

    public function test_grant_has_the_args_and_the_key_of_its_external_id(): void
    {
        $job = $this->job('Grant::of(["email" => "anna@example.test", "first_name" => "Анна", "last_name" => "",
            "term_id" => "15", "duration" => 6, "units" => "month", "external_id" => "lead_789", "source" => "amo_crm",
            "via" => "order"])');
        self::assertSame(['grant', 'grant:school:lead_789'], [$job->kind, $job->key]);
        self::assertSame(['email' => 'anna@example.test', 'term_id' => 15, 'duration' => 6, 'units' => 'month',
            'first_name' => 'Анна', 'source' => 'amo_crm', 'via' => 'order', 'external_id' => 'lead_789'], (array) $job->args);
    }

    public function test_grant_without_external_id_is_keyed_by_what_it_grants_in_any_spelling(): void
    {
        $ids = $this->each('$job->external_id()', [
            'Grant::of(["email" => "anna@example.test", "term_id" => 15, "duration" => 6, "units" => "month"])',
            'Grant::of(["email" => "Anna@Example.TEST", "term_id" => "15", "duration" => "6", "units" => "months",
                "first_name" => "Анна"])',
            'Grant::of(["email" => "anna@example.test", "term_id" => 15, "duration" => 6, "units" => "days"])',
            'Grant::of(["email" => "anna@example.test", "term_id" => 15, "is_unlimited" => true])',
        ]);
        // The worker makes the same of a job without external_id.
        self::assertSame('sha256:' . hash('sha256', '{"email":"anna@example.test","term_id":15,"duration":6,"units":"month","is_unlimited":false}'), $ids[0]);
        self::assertSame($ids[0], $ids[1]);
        self::assertCount(3, array_unique($ids));
    }

    public function test_unlimited_grant_needs_no_duration(): void
    {
        foreach (['', '"duration" => "0",'] as $duration) {
            $job = $this->job('Grant::of(["email" => "a@example.test", "term_id" => 1, ' . $duration . '
                "is_unlimited" => "1", "external_id" => "x"])');
            self::assertTrue($job->args->is_unlimited);
            self::assertArrayNotHasKey('duration', (array) $job->args);
        }
    }

    public function test_licence_jobs_are_keyed_by_subscription_and_version(): void
    {
        $provision = $this->job('LicenseProvision::of(12, "3")');
        self::assertSame(['license-provision', 'provision:school:12:3'], [$provision->kind, $provision->key]);
        self::assertSame(['subscription_id' => 12, 'version' => 3], (array) $provision->args);
        $push = $this->job('PeriodPush::of(12, 3)');
        self::assertSame(['period-push', 'period:school:12:3'], [$push->kind, $push->key]);
        self::assertSame(['subscription_id' => 12, 'version' => 3], (array) $push->args);
    }

    public function test_period_is_given_whole_or_read_by_the_worker(): void
    {
        $job = $this->job('PeriodPush::of(12, 3, ["billing_period" => "M", "billing_interval" => "1",
            "next_payment_date_gmt" => "2026-12-21 10:00:00"])');
        self::assertSame(['subscription_id' => 12, 'version' => 3, 'billing_period' => 'M', 'billing_interval' => 1,
            'next_payment_date_gmt' => '2026-12-21 10:00:00'], (array) $job->args);
    }

    public function test_charge_carries_its_key_in_the_args_and_the_envelope(): void
    {
        $job = $this->job('WalletCharge::of(' . self::CHARGE . ')');
        $key = 'chg_' . substr(hash('sha256', 'school|7f9c24e8|42|2026-11-21|990|RUB|start'), 0, 40);
        self::assertSame(['wallet-charge', "charge:$key"], [$job->kind, $job->key]);
        self::assertSame(['project_id' => '7f9c24e8', 'amount' => 990, 'currency' => 'RUB', 'reason' => 'subscription:start',
            'subscription' => '42', 'purpose' => 'start', 'period_start' => '2026-11-21', 'charge_key' => $key], (array) $job->args);
    }

    public function test_charge_key_is_the_same_for_the_same_facts_and_another_for_any_other_fact(): void
    {
        $facts = ['project_id' => 'p1', 'subscription' => '42', 'period_start' => '2026-11-21', 'amount' => 990,
            'currency' => 'RUB', 'purpose' => 'start'];
        $key = WalletCharge::key_of('main', $facts);
        self::assertSame('chg_' . substr(hash('sha256', 'main|p1|42|2026-11-21|990|RUB|start'), 0, 40), $key);
        self::assertSame($key, WalletCharge::key_of('main', array_reverse($facts)));
        $others = [WalletCharge::key_of('shop', $facts)];
        foreach ($facts as $name => $value) {
            $others[] = WalletCharge::key_of('main', [$name => $value . '1'] + $facts);
        }
        self::assertCount(8, array_unique(array_merge($others, [$key])));
    }

    public function test_charge_is_the_same_however_the_start_of_its_period_and_its_amount_are_written(): void
    {
        $with = static function (string $amount, string $start): string {
            return "WalletCharge::of(['project_id' => 'p1', 'amount' => $amount, 'reason' => 'r', 'subscription' => 42,
                'period_start' => $start])";
        };
        $keys = $this->each('$job->charge_key()', [
            $with('990', '"2026-11-21"'), $with('"990"', '"2026-11-21 20:15:00"'), $with('990', '"2026-11-21T20:15:00Z"'),
            $with('990', 'new DateTimeImmutable("2026-11-22 01:15:00", new DateTimeZone("Europe/Moscow"))'),
            $with('990', '"2026-11-22"'),
        ]);
        self::assertSame([$keys[0]], array_values(array_unique(array_slice($keys, 0, 4))));
        self::assertNotSame($keys[0], $keys[4]);
    }

    public static function refused(): array
    {
        $charge = static function (string $change): string {
            return 'WalletCharge::of(' . $change . ' + ' . self::CHARGE . ')';
        };
        $grant = static function (string $change): string {
            return 'Grant::of(' . $change . ' + ' . self::GRANT . ')';
        };
        return [
            'amount with kopecks' => [$charge('["amount" => 990.50]'), 'amount must be a whole number'],
            'amount a text with a point' => [$charge('["amount" => "990.50"]'), 'amount must be a whole number'],
            'amount a float without kopecks' => [$charge('["amount" => 990.0]'), 'refused, not rounded'],
            'amount of an order' => [$charge('["amount" => "990.00"]'), 'amount'],
            'amount 0' => [$charge('["amount" => 0]'), 'amount'],
            'amount negative' => [$charge('["amount" => -5]'), 'amount'],
            'amount true' => [$charge('["amount" => true]'), 'amount'],
            'amount beyond 2^53' => [$charge('["amount" => 9007199254740992]'), '9007199254740991'],
            'amount exponent' => [$charge('["amount" => "1e3"]'), 'amount'],
            'amount missing' => ['WalletCharge::of(["project_id" => "p", "reason" => "r", "purpose" => "x"])', 'amount'],
            'own charge key' => [$charge('["charge_key" => uniqid("chg_")]'), 'charge_key is not known'],
            'own idempotency key' => [$charge('["idempotency_key" => "x"]'), 'idempotency_key is not known'],
            'key by option' => ['WalletCharge::of(' . self::CHARGE . ')->with(["key" => uniqid()])', 'comes from the facts'],
            'no occasion' => ['WalletCharge::of(["project_id" => "p", "amount" => 1, "reason" => "r"])', 'purpose is missing'],
            'no period' => ['WalletCharge::of(["project_id" => "p", "amount" => 1, "reason" => "r", "subscription" => 1])',
                'period_start is missing'],
            'no subscription' => ['WalletCharge::of(["project_id" => "p", "amount" => 1, "reason" => "r",
                "period_start" => "2026-11-21"])', 'subscription is missing'],
            'fact with a bar' => [$charge('["purpose" => "a|b"]'), 'purpose'],
            'period_start no date' => [$charge('["period_start" => "2026-02-30"]'), 'period_start'],
            'period_start with a zone' => [$charge('["period_start" => "2026-11-21T23:00:00+03:00"]'), 'UTC'],
            'currency' => [$charge('["currency" => "rub"]'), 'currency'],
            'project' => [$charge('["project_id" => "a b"]'), 'project_id'],
            'reason' => [$charge('["reason" => "a\nb"]'), 'reason'],
            'grant e-mail' => [$grant('["email" => "anna"]'), 'email'],
            'grant e-mail with a newline' => [$grant('["email" => "anna@example.test\n"]'), 'email'],
            'grant level' => [$grant('["term_id" => 0]'), 'term_id'],
            'grant duration' => [$grant('["duration" => 1.5]'), 'duration'],
            'grant duration of 300 years' => [$grant('["duration" => 36501]'), 'from 1 to 36500'],
            'grant units' => [$grant('["units" => "year"]'), '12 months'],
            'grant external id' => [$grant('["external_id" => "a b"]'), 'external_id'],
            'grant external id too long' => [$grant('["external_id" => str_repeat("x", 101)]'), 'external_id'],
            'grant source' => [$grant('["source" => "Amo"]'), 'source'],
            'grant unlimited' => [$grant('["is_unlimited" => "perhaps"]'), 'is_unlimited'],
            'grant unknown' => [$grant('["url" => "https://example.test"]'), 'url is not known'],
            'provision id' => ['LicenseProvision::of("wc_sub_12", 1)', 'subscription_id'],
            'provision version' => ['LicenseProvision::of(12, 0)', 'version'],
            'half a period' => ['PeriodPush::of(12, 1, ["billing_period" => "M"])', 'billing_interval'],
            'interval' => ['PeriodPush::of(12, 1, ["billing_period" => "M", "billing_interval" => 1001])', 'from 1 to 1000'],
            'period unit' => ['PeriodPush::of(12, 1, ["billing_period" => "fortnight"])', 'billing_period'],
            'letter to nobody' => ['ReminderEmail::test(0, 7, "1", 1795212000)', 'user_id'],
            'letter of no stage' => ['ReminderEmail::test(1, 7, "4", 1795212000)', 'one of 1, 2, 3, admin'],
            'chain of six' => ['(static function () { $one = LicenseProvision::of(1, 1);
                return $one->then($one)->then($one)->then($one)->then($one)->then($one); })()', 'at most 4'],
            'follower with a time' => ['LicenseProvision::of(1, 1)->then(PeriodPush::of(1, 1)->with(["at" => 1795212000000]))',
                'has no at'],
        ];
    }

    public function test_wrong_member_is_refused_by_name_before_anything_is_enqueued(): void
    {
        $code = '$out = [];';
        foreach (self::refused() as $name => [$expression]) {
            $code .= "try { ($expression)->enqueue(); \$out['$name'] = 'accepted'; }
                catch (\\Dormouse\\InvalidJob \$e) { \$out['$name'] = \$e->getMessage(); }";
        }
        $messages = self::in_site($code . 'return $out;');
        foreach (self::refused() as $name => [, $words]) {
            self::assertStringContainsString($words, $messages[$name], $name);
        }
        self::assertSame([], self::$redis->intake('school'));
    }

    public function test_test_letter_is_tried_once_and_another_second_makes_another(): void
    {
        $job = $this->job('ReminderEmail::test("42", 7, "admin", 1795212000)');
        self::assertSame(['reminder-email', 'letter-test:school:42:7:admin:1795212000', 1], [$job->kind, $job->key, $job->max_attempts]);
        self::assertEquals((object) ['test' => (object) ['user_id' => 42, 'term_id' => 7, 'stage' => 'admin']], $job->args);
        $keys = $this->each('$job->key()', ['ReminderEmail::test(42, 7, "1", 1795212000)', 'ReminderEmail::test(42, 7, 1, 1795212000)', 'ReminderEmail::test(42, 7, "1", 1795212001)']);
        self::assertSame($keys[0], $keys[1]);
        self::assertNotSame($keys[0], $keys[2]);
    }

    public function test_chain_travels_in_one_envelope_that_a_reader_accepts(): void
    {
        $job = $this->job('WalletCharge::of(' . self::CHARGE . ')->with(["priority" => "high"])
            ->then(Grant::of(' . self::GRANT . ')->with(["max_attempts" => 9]))->then(PeriodPush::of(12, 3))');
        self::assertSame(['wallet-charge', 0], [$job->kind, $job->prio]);
        self::assertSame(['kind', 'args', 'key', 'max_attempts', 'then'], array_keys((array) $job->then));
        self::assertSame(['grant', 'grant:school:lead_789', 9], [$job->then->kind, $job->then->key, $job->then->max_attempts]);
        self::assertSame(['period-push', 'period:school:12:3'], [$job->then->then->kind, $job->then->then->key]);
        $reader = new EnvelopeReader(['kid' => 'k1', 'key' => 'a-key-of-the-php-tests', 'site' => 'school',
            'now' => (int) (microtime(true) * 1000), 'kinds' => ['wallet-charge', 'grant', 'period-push']]);
        self::assertNull($reader->read(self::$redis->intake('school')[0])[0]);
    }

    public function test_job_does_not_change_when_another_is_made_of_it(): void
    {
        $words = self::in_site('$one = LicenseProvision::of(1, 1);
            $one->with(["priority" => "low"]); $one->then(PeriodPush::of(1, 1)); return $one->words();');
        self::assertSame(['license-provision', ['subscription_id' => 1, 'version' => 1], ['key' => 'provision:school:1:1']], $words);
    }

    /** Enqueues what the expression makes; the one job that is in the intake then. */
    private function job(string $expression): stdClass
    {
        self::$redis->cli('FLUSHALL');
        $id = self::in_site("return ($expression)->enqueue();");
        $jobs = self::$redis->jobs('school');
        self::assertSame([$id], array_column($jobs, 'id'));
        return $jobs[0];
    }

    /** @return mixed what the statements return; the kinds are known by their short names */
    private static function in_site(string $php)
    {
        return self::$site->run(preg_replace('/\b(Grant|LicenseProvision|PeriodPush|ReminderEmail|WalletCharge)::/', '\Dormouse\Jobs\\\\$1::', $php));
    }

    /** @return array of one value for each expression */
    private function each(string $value, array $expressions): array
    {
        return self::in_site('return array_map(static function ($job) { return ' . $value . '; }, ['
            . implode(',', $expressions) . ']);');
    }
}
