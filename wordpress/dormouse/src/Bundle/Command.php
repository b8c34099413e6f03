<?php

namespace Dormouse\Bundle;

use Dormouse\Client;

/** Steps of bundle courses that a certificate opened and whose grant has not happened yet. */
final class Command
{
    private const MOST = 1000;

    /**
     * Lists the steps under way, oldest first.
     *
     * ## OPTIONS
     *
     * [--format=<format>]
     * : table, json, csv or yaml.
     *
     * ## EXAMPLES
     *
     *     wp dormouse bundle list
     *
     * @param array $args
     * @param array $flags
     */
    public function list($args, $flags): void
    {
        $columns = ['certificate_id', 'user_id', 'program_id', 'step', 'current_term_id', 'next_term_id', 'created_at'];
        \WP_CLI\Utils\format_items($flags['format'] ?? 'table', Steps::all_under_way(self::MOST), $columns);
    }

    /**
     * Enqueues their grants once more. A grant that the worker still knows is not made twice.
     *
     * ## EXAMPLES
     *
     *     wp dormouse bundle retry
     *
     * @param array $args
     * @param array $flags
     */
    public function retry($args, $flags): void
    {
        $count = 0;
        foreach (Steps::all_under_way(self::MOST) as $row) {
            try {
                $done = Courses::enqueue_again($row) !== false;
                $why = Client::last_error();
            } catch (\Dormouse\InvalidJob $e) {
                [$done, $why] = [false, $e->getMessage()];
            }
            $count += $done ? 1 : 0;
            $done || \WP_CLI::warning('certificate ' . $row['certificate_id'] . ': ' . ($why ?: 'the program is gone'));
        }
        \WP_CLI::success($count . ' enqueued');
    }
}
