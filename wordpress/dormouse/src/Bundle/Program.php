<?php

namespace Dormouse\Bundle;

/**
 * A program of bundle courses: the chain of levels in `mlp_steps` of an `ml_program`. Read by position, from 0, as
 * `mlp_current_step` counts.
 */
final class Program
{
    public const POST_TYPE = 'ml_program';
    /** User meta: the program a student is in. */
    public const OF_USER = 'mlp_program_id';
    private const STEPS = 'mlp_steps';

    /** @var array<int,array{term_id:int,duration:int,units:string}> */
    private $steps;

    /** @param mixed $meta list of arrays with term_id, duration, units */
    private function __construct($meta)
    {
        $this->steps = [];
        foreach (is_array($meta) ? array_values($meta) : [] as $step) {
            $this->steps[] = self::step((array) $step);
        }
    }

    public static function load(int $program_id): ?self
    {
        if ($program_id <= 0 || get_post_type($program_id) !== self::POST_TYPE) {
            return null;
        }
        return self::read(get_post_meta($program_id, self::STEPS, true));
    }

    /** @param mixed $meta value of `mlp_steps` */
    public static function read($meta): self
    {
        return new self($meta);
    }

    /** The level of a step; 0 = there is no such step, or it names none. */
    public function level(int $step): int
    {
        return $this->steps[$step]['term_id'] ?? 0;
    }

    public function has_level(int $term_id): bool
    {
        return in_array($term_id, array_column($this->steps, 'term_id'), true);
    }

    /** @return array{term_id:int,duration:int,units:string}|null what is granted at a step; null = the program has ended */
    public function step_at(int $step): ?array
    {
        return $this->steps[$step] ?? null;
    }

    /** Years are 12 months: the core knows days and months only. */
    private static function step(array $step): array
    {
        $units = rtrim(strtolower(trim((string) ($step['units'] ?? ''))), 's');
        $years = $units === 'year' ? 12 : 1;
        return [
            'term_id' => max(0, (int) ($step['term_id'] ?? 0)),
            'duration' => max(0, (int) ($step['duration'] ?? 0)) * $years,
            'units' => $units === 'day' ? 'days' : 'months',
        ];
    }
}
