<?php

use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use DormouseTest\WebServer;
use PHPUnit\Framework\TestCase;

/** Grants that are left to the worker: a job instead of a key, and an address to ask at. */
final class GrantAsyncTest extends TestCase
{
    private const KEY = 'a-key-for-the-grant-endpoint';
    private const PATH = '/wp-json/mlgb/v1/grant';

    private static $site;
    private static $redis;
    private static $server;
    private static $term;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
        $port = Process::free_port();
        self::$site = new Site(["--url=http://127.0.0.1:$port", '--define=DORMOUSE_GRANT_KEY=' . self::KEY,
            '--define=DORMOUSE_REDIS_PATH=' . self::$redis->socket, '--define=DORMOUSE_KEY=a-key-of-the-php-tests',
            '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0', '--define=DORMOUSE_REDIS_PAUSE=1']);
        self::$server = new WebServer(self::$site, [], $port);
        self::$term = self::$site->run('return wp_insert_term("Course", "wpm-levels")["term_id"];');
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = self::$redis = null;
    }

    protected function setUp(): void
    {
        self::$redis->cli('FLUSHALL');
        self::$site->sql("DELETE FROM wp_options WHERE option_name LIKE 'dormouse%'");
        self::$site->sql('DELETE FROM wp_memberlux_term_keys');
        self::$site->sql('DELETE FROM wp_dormouse_outbox');
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    public function test_prefer_respond_async_makes_one_job_however_often_it_is_sent(): void
    {
        $first = $this->post('lead:1', ['Prefer: wait=5, respond-async']);
        self::assertSame([202, 'queued', 'lead:1'], [$first['status'], $first['json']['status'], $first['json']['external_id']]);
        self::assertSame([$first['json']['status_url'], 'respond-async'], [$first['headers']['location'], $first['headers']['preference-applied']]);
        $again = $this->post('lead:1', ['Prefer: respond-async']);
        self::assertSame($first['json'], $again['json']);
        $jobs = self::$redis->jobs();
        self::assertSame([$first['json']['job_id']], array_values(array_unique(array_column($jobs, 'id'))));
        self::assertSame(['grant', 'grant:main:lead:1'], [$jobs[0]->kind, $jobs[0]->key]);
        self::assertEquals(['email' => 'lead-1@example.test', 'first_name' => 'Иван', 'term_id' => self::$term, 'duration' => 6,
            'units' => 'months', 'source' => 'amo_crm', 'external_id' => 'lead:1', 'via' => 'bridge'], (array) $jobs[0]->args);
        self::assertSame([], self::$site->sql('SELECT id FROM wp_memberlux_term_keys'));

        self::assertSame(['external_id' => 'lead:1', 'job_id' => $jobs[0]->id, 'status' => 'queued'], $this->status($first['json']['status_url']));
        $granted = $this->post('lead:1');
        self::assertSame('granted', $granted['json']['status']);
        $status = $this->status(self::PATH . '/' . $jobs[0]->id);
        self::assertSame(['granted', $granted['json']['key']], [$status['status'], $status['key']]);
        self::assertSame($status, $this->status(self::PATH . '/lead%3A1'), 'also written as programs write it');
        $late = $this->post('lead:1', ['Prefer: respond-async']);
        self::assertSame([200, 'already_granted'], [$late['status'], $late['json']['status']]);
    }

    public function test_setting_leaves_grants_to_the_worker_whose_own_call_is_served_at_once(): void
    {
        self::$site->run('update_option("dormouse_grant_async", "1", false); return 1;');
        self::assertSame(202, $this->post('lead:2')['status']);
        $stranger = ['Idempotency-Key: grant:main:lead:3'];
        self::assertSame(202, $this->post('lead:2', $stranger)['status'], 'the key of another job');
        $job = self::$redis->jobs()[0];
        $worker = $this->post('lead:2', ['Idempotency-Key: ' . $job->key]);
        self::assertSame([200, 'granted'], [$worker['status'], $worker['json']['status'] ?? $worker['text']]);
        self::assertSame('granted', $this->status(self::PATH . '/' . $job->id)['status']);
    }

    public function test_marker_without_the_key_in_the_header_is_no_worker(): void
    {
        self::$site->run('update_option("dormouse_grant_async", "1", false); return 1;');
        $answer = self::$server->send('POST', self::PATH, $this->body('lead:4') + ['token' => self::KEY], ['Idempotency-Key: grant:main:lead:4']);
        self::assertSame(202, $answer['status']);
    }

    public function test_job_waits_in_the_outbox_while_redis_is_away(): void
    {
        self::$redis->stop();
        try {
            $answer = $this->post('lead:5', ['Prefer: respond-async']);
            self::assertSame(202, $answer['status']);
            self::assertStringContainsString($answer['json']['job_id'], self::$site->outbox()[0]['envelope']);
        } finally {
            self::$redis->start();
        }
    }

    public function test_what_cannot_be_granted_is_refused_before_there_is_a_job(): void
    {
        $async = ['Prefer: respond-async'];
        $body = $this->body('lead:6');
        $body['grant']['term_id'] = 999999;
        self::assertSame(404, $this->send($body, $async)['status']);
        self::assertSame(400, $this->send(['email' => 'x'], $async)['status']);
        $this->post('lead:6', $async);
        $body = $this->body('lead:6');
        $body['grant']['duration'] = 7;
        self::assertSame(422, $this->send($body, $async)['status']);
        self::assertCount(1, self::$redis->jobs());
    }

    public function test_status_needs_the_key_and_an_id_that_is_known(): void
    {
        self::assertSame(401, self::$server->send('GET', self::PATH . '/lead:1')['status']);
        $answer = self::$server->send('GET', self::PATH . '/no@bo.dy:1', null, ['X-API-Key: ' . self::KEY]);
        self::assertSame([404, 'dormouse_no_grant'], [$answer['status'], $answer['json']['code']]);
    }

    public function test_grant_that_failed_says_why_and_gets_a_new_job_when_asked_again(): void
    {
        $first = $this->post('lead:7', ['Prefer: respond-async'])['json']['job_id'];
        self::$site->run('$row = \Dormouse\Grant\Ledger::find("lead:7");
            $code = wpm_insert_one_user_key(' . self::$term . ', 6, "months");
            \Dormouse\Grant\Ledger::change($row, ["code" => $code, "key_id" => wpm_search_key_id($code)["item_id"]]);
            $GLOBALS["wpdb"]->query("UPDATE wp_memberlux_term_keys SET is_banned = 1"); return 1;');
        $answer = $this->post('lead:7');
        self::assertSame([422, 'dormouse_key_withdrawn'], [$answer['status'], $answer['json']['code']]);
        $status = $this->status(self::PATH . '/lead:7');
        self::assertSame(['failed', 'dormouse_key_withdrawn', $first], [$status['status'], $status['error'], $status['job_id']]);
        self::assertNotSame($first, $this->post('lead:7', ['Prefer: respond-async'])['json']['job_id']);
        self::assertSame('queued', $this->status(self::PATH . '/lead:7')['status']);
    }

    public function test_level_that_went_while_the_job_waited_fails_the_grant_for_all_to_see(): void
    {
        $body = $this->body('lead:8');
        $body['grant']['term_id'] = self::$site->run('return wp_insert_term("Gone", "wpm-levels")["term_id"];');
        self::assertSame(202, $this->send($body, ['Prefer: respond-async'])['status']);
        self::$site->run("return wp_delete_term({$body['grant']['term_id']}, 'wpm-levels');");
        self::assertSame(404, $this->send($body, ['Idempotency-Key: grant:main:lead:8'])['status']);
        $status = $this->status(self::PATH . '/lead:8');
        self::assertSame(['failed', 'dormouse_no_level'], [$status['status'], $status['error']]);
    }

    private function body(string $id): array
    {
        return ['user' => ['email' => str_replace(':', '-', $id) . '@example.test', 'first_name' => 'Иван'],
            'grant' => ['term_id' => self::$term, 'duration' => 6, 'units' => 'month'], 'external_id' => $id, 'source' => 'amo_crm'];
    }

    private function post(string $id, array $headers = []): array
    {
        return $this->send($this->body($id), $headers);
    }

    private function send(array $body, array $headers): array
    {
        return self::$server->send('POST', self::PATH, $body, array_merge(['X-API-Key: ' . self::KEY], $headers));
    }

    private function status(string $url): array
    {
        $path = (string) preg_replace('~\Ahttp://[^/]+~', '', $url);
        $answer = self::$server->send('GET', $path, null, ['X-API-Key: ' . self::KEY]);
        self::assertSame(200, $answer['status'], $answer['text']);
        return $answer['json'];
    }
}
