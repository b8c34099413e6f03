<?php

/**
 * Plugin Name: ML Bundle Courses (stand-in)
 * Description: Programs of several levels: a certificate given by hand opens the next step. For tests and the demo only.
 * Version:     1.0.0
 *
 * Written from the description of its interfaces (../README.md), not from its code.
 */

defined('ABSPATH') || exit;

define('ML_BUNDLE_COURSES_VERSION', '1.0.0');

/** Post meta `mlp_steps`: a list of [term_id, duration in months]; user meta `mlp_program_id`, `mlp_current_step` from 0. */
final class ML_Bundle_Courses
{
    public static function start(): void
    {
        add_action('init', static function (): void {
            register_post_type('ml_program', ['public' => false, 'label' => 'Programs']);
        });
        add_action('mbl_certificate_issued', [self::class, 'certificate_issued'], 10, 2);
    }

    public static function certificate_issued($user_id, $certificate_id): void
    {
        try {
            $level = Certificate::getCertificate($certificate_id)->wpmlevel_id;
        } catch (Exception $e) {
            return;
        }
        $program = (int) get_user_meta($user_id, 'mlp_program_id', true);
        $steps = (array) (get_post_meta($program, 'mlp_steps', true) ?: []);
        $step = (int) get_user_meta($user_id, 'mlp_current_step', true);
        $hash = md5("$program:$step:$level");
        if (
            (int) ($steps[$step]['term_id'] ?? 0) !== $level || !isset($steps[$step + 1])
            || get_term_meta($level, '_mblc_how_to_issue', true) === 'auto'
            || get_user_meta($user_id, 'mlp_last_certificate_hash', true) === $hash
        ) {
            return;
        }
        update_user_meta($user_id, 'mlp_last_certificate_hash', $hash);
        update_user_meta($user_id, 'mlp_current_step', $step + 1);
        $next = (int) $steps[$step + 1]['term_id'];
        wpm_update_user_key_dates($user_id, wpm_insert_one_user_key($next, $steps[$step + 1]['duration'], 'months'), false, 'program_flow');
        do_action('mlp_program_step_granted', $user_id, $program, $level, $next);
    }
}

ML_Bundle_Courses::start();
