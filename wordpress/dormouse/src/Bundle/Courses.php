<?php

namespace Dormouse\Bundle;

use Dormouse\Certificates\Ledger;
use Dormouse\Client;
use Dormouse\Jobs\Grant;
use Dormouse\Log;
use Dormouse\Settings;

/**
 * Bundle courses: a certificate that a person gave ends a step of the student's program and grants the next level.
 *
 * The certificate enqueues the grant, once, under `certificate:<id>`; when the grant has happened the student's
 * `mlp_current_step` moves on and `mlp_program_step_granted` fires. Does nothing where the plugin ml-bundle-courses
 * does the same.
 */
final class Courses
{
    public const GRANTED = 'mlp_program_step_granted';
    private const SOURCE = 'program_flow';
    private const PRIORITY = 20;
    private const STEP = 'mlp_current_step';
    private const LAST = 'mlp_last_certificate_hash';

    /** @var array<int,array{0:int,1:int}> user and level of activations that may be ours */
    private static $activated = [];

    public static function listen(): void
    {
        add_action(Ledger::ISSUED, [self::class, 'issued'], self::PRIORITY, 2);
        add_action('dormouse_granted', [self::class, 'granted'], self::PRIORITY, 1);
        // Where another plugin owns the grant's route nobody fires dormouse_granted; both name the source alike.
        add_action('wpm_update_user_key_dates', [self::class, 'activated'], self::PRIORITY, 5);
        add_action('shutdown', [self::class, 'make_up'], 5);
    }

    /**
     * @param mixed $user_id
     * @param mixed $certificate_id
     */
    public static function issued($user_id = 0, $certificate_id = 0): void
    {
        try {
            $id = is_numeric($certificate_id) ? (int) $certificate_id : 0;
            if ($id > 0 && (Ledger::how($id) ?? Ledger::how_now()) === Ledger::MANUAL && self::active()) {
                self::open((int) $user_id, $id);
            }
        } catch (\Throwable $e) {
            self::failed('certificate ' . (int) $certificate_id, $e);
        }
    }

    /** @param mixed $external_id */
    public static function granted($external_id = ''): void
    {
        if (!is_string($external_id) || preg_match('/\Acertificate:([1-9]\d{0,17})\z/', $external_id, $found) !== 1) {
            return;
        }
        try {
            $row = Steps::find((int) $found[1]);
            if ($row !== null && $row['open_step'] !== null) {
                self::move_on($row);
            }
        } catch (\Throwable $e) {
            self::failed($external_id, $e);
        }
    }

    /** @param mixed ...$args user, level, code, key, source */
    public static function activated(...$args): void
    {
        if (($args[4] ?? '') === 'grant_bridge_' . self::SOURCE) {
            self::$activated[] = [(int) ($args[0] ?? 0), (int) ($args[1] ?? 0)];
        }
    }

    /** At the end of the request: steps whose grant happened, but not in our endpoint. */
    public static function make_up(): void
    {
        try {
            foreach (self::$activated as [$user_id, $term_id]) {
                array_map([self::class, 'move_on'], Steps::under_way($user_id, $term_id));
            }
        } catch (\Throwable $e) {
            self::failed('bundle courses', $e);
        }
        self::$activated = [];
    }

    /**
     * Enqueues the grant of a step that is under way once more; a job that is still known stays the only one.
     *
     * @param array<string,mixed> $row of Steps
     * @return string|false the job's id
     */
    public static function enqueue_again(array $row)
    {
        $program = Program::load((int) $row['program_id']);
        return $program === null ? false : self::enqueue($program, (int) $row['step'], (int) $row['user_id'], (int) $row['certificate_id']);
    }

    public static function active(): bool
    {
        return !self::has_other_plugin() && Settings::bundle_courses();
    }

    /** ml-bundle-courses does all this itself. */
    public static function has_other_plugin(): bool
    {
        $plugins = (array) get_option('active_plugins', []);
        if (is_multisite()) {
            $plugins = array_merge($plugins, array_keys((array) get_site_option('active_sitewide_plugins', [])));
        }
        foreach ($plugins as $file) {
            if (basename((string) $file) === 'ml-bundle-courses.php') {
                return true;
            }
        }
        return class_exists('MLP_Enrollment', false);
    }

    private static function open(int $user_id, int $certificate_id): void
    {
        $program_id = (int) get_user_meta($user_id, Program::OF_USER, true);
        $program = Program::load($program_id);
        if ($program === null) {
            return;
        }
        $step = (int) get_user_meta($user_id, self::STEP, true);
        $level = Ledger::level($certificate_id);
        $next = $program->level($step + 1);
        // A certificate of another level is no business of the program; after the last step there is nothing to grant.
        if ($level === 0 || $level !== $program->level($step) || $program->step_at($step + 1) === null) {
            return;
        }
        if (Steps::open($certificate_id, $user_id, $program_id, $step, $level, $next)) {
            self::enqueue($program, $step, $user_id, $certificate_id);
        }
    }

    /** @return string|false */
    private static function enqueue(Program $program, int $step, int $user_id, int $certificate_id)
    {
        $user = get_userdata($user_id);
        $id = Grant::of([
            'email' => $user ? $user->user_email : '',
            'external_id' => 'certificate:' . $certificate_id,
            'source' => self::SOURCE,
        ] + (array) $program->step_at($step + 1))->enqueue();
        if ($id === false) {
            Log::failure('certificate ' . $certificate_id . ': ' . Client::last_error() . '; wp dormouse bundle retry enqueues it again');
        }
        return $id;
    }

    /**
     * First the step, then the action, then the mark: killed in between, the grant's repetition tells it once more.
     *
     * @param array<string,mixed> $row of Steps
     */
    private static function move_on(array $row): void
    {
        $user_id = (int) $row['user_id'];
        // Somebody may have put the student elsewhere meanwhile.
        if ((int) get_user_meta($user_id, Program::OF_USER, true) === (int) $row['program_id']
            && (int) get_user_meta($user_id, self::STEP, true) === (int) $row['step']) {
            update_user_meta($user_id, self::STEP, (int) $row['step'] + 1);
            update_user_meta($user_id, self::LAST, hash('sha256', 'certificate:' . (int) $row['certificate_id']));
        }
        try {
            do_action(self::GRANTED, $user_id, (int) $row['program_id'], (int) $row['current_term_id'], (int) $row['next_term_id']);
        } catch (\Throwable $e) {
            self::failed('a listener of ' . self::GRANTED, $e);
        }
        Steps::close((int) $row['certificate_id']);
    }

    private static function failed(string $what, \Throwable $e): void
    {
        Log::failure($what . ': ' . get_class($e) . ': ' . $e->getMessage());
    }
}
