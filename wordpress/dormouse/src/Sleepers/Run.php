<?php

namespace Dormouse\Sleepers;

use Dormouse\Database;

/** The newest scan that ended, as the worker's tables have it: a list that does not change while somebody pages in it. */
final class Run
{
    /** @var int */
    private $id;
    /** @var string the day that the scan calls today, YYYY-MM-DD in UTC */
    public $as_of;
    /** @var int milliseconds */
    public $ended_at;

    private function __construct(array $row)
    {
        $this->id = (int) $row['id'];
        $this->as_of = (string) $row['as_of'];
        $this->ended_at = (int) $row['ended_at'];
    }

    /** Are the worker's tables there? */
    public static function possible(): bool
    {
        return Database::has_table(Database::table('scan')) && Database::has_table(Database::table('sleeper'));
    }

    public static function newest(): ?self
    {
        $rows = Database::rows('SELECT id, as_of, ended_at FROM ' . Database::table('scan') . " WHERE state = 'done' ORDER BY id DESC LIMIT 1");
        return $rows ? new self($rows[0]) : null;
    }

    /** Sleepers of a level whose access ended in these days; an empty day is no bound. */
    public function count(int $term_id, string $from, string $to): int
    {
        [$where, $values] = $this->where($term_id, $from, $to);
        $rows = Database::rows('SELECT COUNT(*) AS n FROM ' . Database::table('sleeper') . $where, $values);
        return (int) ($rows[0]['n'] ?? 0);
    }

    /** Who lapsed last comes first. @return array<int,array<string,mixed>> user_id, lapse, days */
    public function page(int $term_id, string $from, string $to, int $page, int $per_page): array
    {
        [$where, $values] = $this->where($term_id, $from, $to);
        $sql = 'SELECT user_id, lapse, days FROM ' . Database::table('sleeper') . $where . ' ORDER BY days, user_id LIMIT %d OFFSET %d';
        return Database::rows($sql, array_merge($values, [$per_page, max(0, $page - 1) * $per_page]));
    }

    /** @return array{0:string,1:array} */
    private function where(int $term_id, string $from, string $to): array
    {
        $bounds = array_filter([' AND lapse >= %s' => $from, ' AND lapse <= %s' => $to], 'strlen');
        return [' WHERE run_id = %d AND term_id = %d' . implode('', array_keys($bounds)),
            array_merge([$this->id, $term_id], array_values($bounds))];
    }
}
