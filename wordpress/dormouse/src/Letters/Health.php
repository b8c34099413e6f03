<?php

namespace Dormouse\Letters;

use Dormouse\Admin\LettersTab;
use Dormouse\Database;
use Dormouse\Moment;
use Dormouse\Sleepers\Run;

/** Site Health: do the nights' scans come, and is there a letter that waits for a person? Only where a level is watched. */
final class Health
{
    private const TEST = 'dormouse_reminders';
    /** A scan is made every night; two nights without one are no delay any more. */
    private const LATE_S = 2 * DAY_IN_SECONDS;

    public static function listen(): void
    {
        add_filter('site_status_tests', [self::class, 'tests']);
    }

    /** @param array $tests */
    public static function tests($tests): array
    {
        if (self::is_watched()) {
            $tests['direct'][self::TEST] = ['label' => 'Dormouse: reminders', 'test' => [self::class, 'run']];
        }
        return $tests;
    }

    public static function run(): array
    {
        return self::judge(time());
    }

    public static function judge(int $now): array
    {
        if (!Run::possible() || !Reminders::exists()) {
            return self::result('recommended', __('Reminders are written, but the worker\'s tables are not there', 'dormouse'),
                __('On the server: dormouse migrate', 'dormouse'));
        }
        $run = Run::newest();
        if ($run === null || intdiv($run->ended_at, 1000) < $now - self::LATE_S) {
            $last = $run === null ? __('none yet', 'dormouse') : Moment::of($run->ended_at);
            /* translators: %s: day and time, or "none yet" */
            return self::result('critical', __('Nobody looks for sleepers', 'dormouse'), sprintf(__('A scan should end every night. The last one: %s. Is the scheduler running? On the server: systemctl status dormouse-scheduler', 'dormouse'), $last));
        }
        $doubts = Reminders::undecided(1000 * $now);
        if ($doubts > 0) {
            /* translators: %d: number of letters */
            $label = sprintf(_n('%d letter is in doubt: somebody has to decide.', '%d letters are in doubt: somebody has to decide.', $doubts, 'dormouse'), $doubts);
            $link = sprintf('<a href="%s">%s</a>', esc_url(LettersTab::url(['state' => Reminders::IN_DOUBT])), esc_html__('Show', 'dormouse'));
            return self::result('recommended', $label, __('The connection broke after the mail server had all of the letter. It is not sent again by itself.', 'dormouse'), $link);
        }
        /* translators: %s: day and time */
        return self::result('good', __('Sleepers are looked for every night', 'dormouse'), sprintf(__('The last scan ended on %s.', 'dormouse'), Moment::of($run->ended_at)));
    }

    private static function is_watched(): bool
    {
        global $wpdb;
        return Database::rows("SELECT 1 FROM {$wpdb->termmeta} WHERE meta_key = %s AND meta_value = '1' LIMIT 1", [Level::ENABLED]) !== [];
    }

    private static function result(string $status, string $label, string $text, string $actions = ''): array
    {
        return [
            'label' => $label,
            'status' => $status,
            'badge' => ['label' => 'Dormouse', 'color' => $status === 'good' ? 'blue' : 'red'],
            'description' => '<p>' . esc_html($text) . '</p>',
            'actions' => $actions,
            'test' => self::TEST,
        ];
    }
}
