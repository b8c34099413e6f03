<?php

namespace Dormouse;

use Dormouse\Redis\Failure;
use Dormouse\Redis\Session;

/** Hands jobs to the Dormouse worker and shows what waits on this side. */
final class Cli
{
    /**
     * Shows the settings, whether Redis answers, and the size of the outbox. Exits with 1 when something is wrong.
     *
     * ## OPTIONS
     *
     * [--format=<format>]
     * : table, json, csv or yaml.
     *
     * ## EXAMPLES
     *
     *     wp dormouse status
     *
     * @param array $args
     * @param array $flags
     */
    public function status($args, $flags): void
    {
        $answer = 'ok';
        try {
            SiteHealth::ping();
        } catch (Failure $e) {
            $answer = $e->getMessage();
        }
        $size = Outbox::size();
        $rows = [
            ['name' => 'site', 'value' => Settings::site()],
            ['name' => 'enabled', 'value' => Settings::enabled() ? 'yes' : 'no'],
            ['name' => 'redis', 'value' => Settings::endpoint()->describe()],
            ['name' => 'driver', 'value' => Session::driver(Settings::driver())],
            ['name' => 'answer', 'value' => $answer],
            ['name' => 'outbox', 'value' => (string) $size['count']],
            ['name' => 'outbox_oldest', 'value' => (string) $size['oldest']],
        ];
        \WP_CLI\Utils\format_items($flags['format'] ?? 'table', $rows, ['name', 'value']);
        foreach (Settings::problems() as $problem) {
            \WP_CLI::warning($problem);
        }
        if ($answer !== 'ok') {
            \WP_CLI::halt(1);
        }
    }

    /**
     * Enqueues one job and prints its id.
     *
     * ## OPTIONS
     *
     * <kind>
     * : What runs the job.
     *
     * [<args>]
     * : JSON object.
     *
     * [--key=<key>]
     * : Idempotency key.
     *
     * [--queue=<queue>]
     * : Where it waits.
     *
     * [--priority=<priority>]
     * : high, normal or low.
     *
     * [--delay=<seconds>]
     * : Not before so many seconds from now.
     *
     * ## EXAMPLES
     *
     *     wp dormouse enqueue level-letter '{"user_id":42}' --key=level-letter:42:2026-11
     *
     * @param array $args
     * @param array $flags
     */
    public function enqueue($args, $flags): void
    {
        $named = json_decode($args[1] ?? '{}');
        if (!is_object($named)) {
            \WP_CLI::error('args must be a JSON object');
        }
        $options = array_intersect_key($flags, ['key' => 1, 'queue' => 1, 'priority' => 1]);
        if (isset($flags['delay'])) {
            $options['at'] = (time() + (int) $flags['delay']) * 1000;
        }
        $id = Client::enqueue($args[0], $named, $options);
        if ($id === false) {
            \WP_CLI::error(Client::last_error());
        }
        \WP_CLI::line((string) $id);
    }

    /**
     * Grants access to a level, once per external id, and prints the key. The same words again change nothing.
     *
     * ## OPTIONS
     *
     * --email=<email>
     * : Who gets access. A user is made, without any mail, if there is none.
     *
     * --level=<id>
     * : Term of the taxonomy wpm-levels.
     *
     * [--duration=<number>]
     * : How many units.
     *
     * [--units=<units>]
     * : days or months.
     *
     * [--unlimited]
     * : Without an end, instead of duration and units.
     *
     * [--external-id=<id>]
     * : The reason (an order, a lead). Without it the grant itself is: who gets the same again needs one.
     *
     * [--first-name=<name>]
     * : For a user without one.
     *
     * [--last-name=<name>]
     * : For a user without one.
     *
     * [--async]
     * : Leave it to the worker.
     *
     * ## EXAMPLES
     *
     *     wp dormouse grant --email=anna@example.com --level=15 --duration=6 --units=months --external-id=lead_789
     *
     * @param array $args
     * @param array $flags
     */
    public function grant($args, $flags): void
    {
        Grant\Command::run($flags);
    }

    /**
     * Shows the outbox or moves it to Redis.
     *
     * ## OPTIONS
     *
     * <action>
     * : list, count or drain.
     *
     * [--limit=<rows>]
     * : list at most so many rows (100).
     *
     * [--format=<format>]
     * : table, json, csv or yaml.
     *
     * ## EXAMPLES
     *
     *     wp dormouse outbox list
     *     wp dormouse outbox drain
     *
     * @param array $args
     * @param array $flags
     */
    public function outbox($args, $flags): void
    {
        switch ($args[0] ?? '') {
            case 'count':
                \WP_CLI::line((string) Outbox::size()['count']);
                return;
            case 'list':
                $rows = Outbox::list(max(1, (int) ($flags['limit'] ?? 100)));
                $columns = ['id', 'bytes', 'created_at', 'attempts', 'last_error'];
                \WP_CLI\Utils\format_items($flags['format'] ?? 'table', $rows, $columns);
                return;
            case 'drain':
                $this->drain();
                return;
        }
        \WP_CLI::error('usage: wp dormouse outbox list|count|drain');
    }

    private function drain(): void
    {
        Circuit::reset();
        $moved = 0;
        try {
            while (($batch = Outbox::drain([Intake::class, 'push'])) > 0) {
                $moved += $batch;
            }
        } catch (Failure $e) {
            \WP_CLI::error($moved . ' moved, then: ' . $e->getMessage());
        }
        \WP_CLI::success($moved . ' moved to Redis');
    }
}
