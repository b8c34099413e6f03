<?php

namespace Dormouse\Sleepers;

use Dormouse\Admin\Person;
use Dormouse\Letters\Level;
use Dormouse\Letters\Monitor;
use Dormouse\Letters\Reminders;
use Dormouse\Moment;
use Dormouse\Plugin;

/**
 * The action `mlm_get_sleepers`, as ML Learning Monitor has it: `nonce`, `term_id`, `page`, `date_from`, `date_to` (days of
 * the lapse; absent = today on the site's clock, empty = no bound) give {html, total, page}. No heavy query: the scan was
 * made at night.
 */
final class Listing
{
    public const PER_PAGE = 20;

    public static function register(): void
    {
        // Last of all: whoever else answers was there before.
        add_action('admin_init', [self::class, 'claim'], PHP_INT_MAX);
    }

    public static function claim(): void
    {
        if (!Monitor::is_active()) {
            add_action('wp_ajax_' . Monitor::ACTION, [self::class, 'answer']);
        }
    }

    public static function answer(): void
    {
        check_ajax_referer(Monitor::NONCE, 'nonce');
        if (!current_user_can(Plugin::capability())) {
            wp_send_json_error(['message' => __('You may not do this.', 'dormouse')], 403);
        }
        $level = get_term(absint($_POST['term_id'] ?? 0), Level::TAXONOMY);
        if (!$level instanceof \WP_Term) {
            wp_send_json_error(['message' => __('There is no such level.', 'dormouse')], 404);
        }
        $days = [];
        foreach (['date_from', 'date_to'] as $name) {
            $day = isset($_POST[$name]) ? wp_unslash($_POST[$name]) : wp_date('Y-m-d');
            if (!is_string($day) || preg_match('/\A(\d{4}-\d\d-\d\d)?\z/', $day) !== 1) {
                wp_send_json_error(['message' => __('A day is written as YYYY-MM-DD.', 'dormouse')], 400);
            }
            $days[] = $day;
        }
        nocache_headers();
        wp_send_json_success(self::reply($level, $days[0], $days[1], max(1, absint($_POST['page'] ?? 1))));
    }

    /** @return array{html:string,total:int,page:int} */
    private static function reply(\WP_Term $level, string $from, string $to, int $page): array
    {
        $run = Run::possible() ? Run::newest() : null;
        if ($run === null) {
            $text = Run::possible()
                ? __('No scan has ended yet. It runs every night; on the server "dormouse scan" runs it now.', 'dormouse')
                : __('The worker\'s tables are not there. On the server: dormouse migrate', 'dormouse');
            return ['html' => '<p>' . esc_html($text) . '</p>', 'total' => 0, 'page' => 1];
        }
        $total = $run->count($level->term_id, $from, $to);
        $page = min($page, max(1, (int) ceil($total / self::PER_PAGE)));
        $rows = $run->page($level->term_id, $from, $to, $page, self::PER_PAGE);
        return ['html' => self::summary($run, $total, $level) . self::table($rows, $level) . self::pages($total, $page) . self::why($level), 'total' => $total, 'page' => $page];
    }

    private static function summary(Run $run, int $total, \WP_Term $level): string
    {
        $text = sprintf(
            /* translators: 1: number of people, 2: day, 3: day and time */
            _n('%1$d sleeper as of %2$s (scan of %3$s).', '%1$d sleepers as of %2$s (scan of %3$s).', $total, 'dormouse'),
            $total,
            Moment::day($run->as_of),
            Moment::of($run->ended_at)
        );
        if (get_term_meta($level->term_id, Level::ENABLED, true) !== '1') {
            $text .= ' ' . __('This level is not watched: tick "Watch for sleepers" and save.', 'dormouse');
        }
        return '<p>' . esc_html($text) . '</p>';
    }

    /** @param array<int,array<string,mixed>> $rows */
    private static function table(array $rows, \WP_Term $level): string
    {
        if (!$rows) {
            return '';
        }
        cache_users(array_column($rows, 'user_id'));
        $sent = Reminders::exists() ? Reminders::sent_to($rows, $level->term_id) : [];
        $heads = [__('Student', 'dormouse'), __('E-mail', 'dormouse'), __('Level', 'dormouse'), __('Access ended', 'dormouse'),
            __('Days', 'dormouse'), __('Letters sent', 'dormouse'), __('Last letter', 'dormouse')];
        $html = '<table class="widefat striped"><thead><tr>';
        foreach ($heads as $head) {
            $html .= '<th scope="col">' . esc_html($head) . '</th>';
        }
        $html .= '</tr></thead><tbody>';
        foreach ($rows as $row) {
            $html .= self::row($row, $level, $sent[$row['user_id'] . ' ' . $row['lapse']] ?? ['count' => 0, 'last' => 0]);
        }
        return $html . '</tbody></table>';
    }

    /** @param array{count:int,last:int} $sent */
    private static function row(array $row, \WP_Term $level, array $sent): string
    {
        $user = get_userdata((int) $row['user_id']);
        $cells = [
            Person::html((int) $row['user_id']),
            $user ? esc_html($user->user_email) : '–',
            // WordPress keeps the name escaped.
            esc_html($level->name),
            esc_html(Moment::day((string) $row['lapse'])),
            (string) (int) $row['days'],
            (string) $sent['count'],
            $sent['last'] > 0 ? esc_html(Moment::of($sent['last'])) : '–',
        ];
        return '<tr><td>' . implode('</td><td>', $cells) . '</td></tr>';
    }

    /** Most questions about the list are about one person. */
    private static function why(\WP_Term $level): string
    {
        /* translators: %s: a command */
        $text = esc_html__('Why somebody is in this list, or is not, tells on the server: %s', 'dormouse');
        return '<p class="description">' . sprintf($text, '<code>dormouse explain --user … --level ' . (int) $level->term_id . '</code>') . '</p>';
    }

    private static function pages(int $total, int $page): string
    {
        $last = (int) ceil($total / self::PER_PAGE);
        if ($last < 2) {
            return '';
        }
        $button = '<button type="button" class="button" data-page="%d"%s>%s</button> ';
        /* translators: 1: number of this page, 2: number of pages */
        $text = sprintf(__('Page %1$d of %2$d', 'dormouse'), $page, $last);
        return '<p class="dormouse-pages">' . sprintf($button, $page - 1, disabled($page <= 1, true, false), esc_html__('Previous', 'dormouse'))
            . esc_html($text) . ' ' . sprintf($button, $page + 1, disabled($page >= $last, true, false), esc_html__('Next', 'dormouse')) . '</p>';
    }
}
