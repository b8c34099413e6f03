<?php

namespace Dormouse\Admin;

use Dormouse\Database;
use Dormouse\Letters\Reminders;

/** Tools → Dormouse → Letters: what the worker planned, sent and gave up, and what a person has to decide. */
final class LettersTab
{
    public const NAME = 'letters';
    private const PER_PAGE = 20;
    /** Of people whose name or address begins with what was typed. */
    private const MOST_PEOPLE = 100;

    /** @param array<string,string|int> $filter state, level, who */
    public static function url(array $filter = []): string
    {
        return StatusPage::url(['tab' => self::NAME] + $filter);
    }

    public static function show(): void
    {
        if (!Reminders::exists()) {
            printf('<div class="notice notice-warning inline"><p>%s</p></div>',
                esc_html__('The worker\'s tables are not there. On the server: dormouse migrate', 'dormouse'));
            return;
        }
        echo '<div class="dormouse-letters">';
        self::show_doubts(Reminders::undecided(1000 * time()));
        $asked = self::asked();
        self::show_filters($asked, Reminders::states());
        self::show_letters($asked);
        echo '</div>';
    }

    /** @return array{state:string,level:int,who:string,page:int} */
    private static function asked(): array
    {
        $state = isset($_GET['state']) ? sanitize_key(wp_unslash($_GET['state'])) : '';
        return [
            'state' => in_array($state, Reminders::STATES, true) ? $state : '',
            'level' => absint($_GET['level'] ?? 0),
            'who' => isset($_GET['who']) ? sanitize_text_field(wp_unslash($_GET['who'])) : '',
            'page' => max(1, absint($_GET['paged'] ?? 1)),
        ];
    }

    private static function show_doubts(int $count): void
    {
        if ($count === 0) {
            return;
        }
        /* translators: %d: number of letters */
        $text = sprintf(_n('%d letter is in doubt: somebody has to decide.', '%d letters are in doubt: somebody has to decide.', $count, 'dormouse'), $count);
        printf('<div class="notice notice-error inline"><p>%s <a href="%s">%s</a></p></div>', esc_html($text),
            esc_url(self::url(['state' => Reminders::IN_DOUBT])), esc_html__('Show', 'dormouse'));
    }

    private static function show_filters(array $asked, array $states): void
    {
        printf('<form method="get" action="%s" class="tablenav top">', esc_url(admin_url('tools.php')));
        printf('<input type="hidden" name="page" value="dormouse"><input type="hidden" name="tab" value="%s">', esc_attr(self::NAME));
        $options = ['' => __('All states', 'dormouse')];
        foreach (Reminders::STATES as $state) {
            $options[$state] = LetterRow::state($state) . ' (' . ($states[$state] ?? 0) . ')';
        }
        self::select('state', __('State', 'dormouse'), $options, $asked['state']);
        $levels = [0 => __('All levels', 'dormouse')];
        foreach (Reminders::levels() as $term_id) {
            $levels[$term_id] = LetterRow::level($term_id);
        }
        self::select('level', __('Level', 'dormouse'), $levels, (string) $asked['level']);
        printf('<label class="screen-reader-text" for="dormouse-who">%1$s</label><input type="search" id="dormouse-who" name="who" value="%2$s" placeholder="%1$s"> ',
            esc_attr__('E-mail, login or number of a user', 'dormouse'), esc_attr($asked['who']));
        printf('<button type="submit" class="button">%s</button></form>', esc_html__('Filter', 'dormouse'));
    }

    /** @param array<array-key,string> $options value => label */
    private static function select(string $name, string $label, array $options, string $chosen): void
    {
        printf('<label class="screen-reader-text" for="dormouse-%1$s">%2$s</label><select id="dormouse-%1$s" name="%1$s">', esc_attr($name), esc_html($label));
        foreach ($options as $value => $text) {
            printf('<option value="%s"%s>%s</option>', esc_attr((string) $value), selected($chosen, (string) $value, false), esc_html($text));
        }
        echo '</select> ';
    }

    private static function show_letters(array $asked): void
    {
        $filter = array_filter(['state' => $asked['state'], 'term_id' => $asked['level']]);
        if ($asked['who'] !== '') {
            $filter['users'] = self::people($asked['who']);
        }
        $total = Reminders::count($filter);
        /* translators: %d: number of letters */
        printf('<p>%s</p>', esc_html(sprintf(_n('%d letter', '%d letters', $total, 'dormouse'), $total)));
        if ($total === 0) {
            return;
        }
        $rows = Reminders::page($filter, $asked['page'], self::PER_PAGE);
        cache_users(array_column($rows, 'user_id'));
        LetterRow::table($rows);
        self::show_pages((int) ceil($total / self::PER_PAGE), $asked['page']);
    }

    private static function show_pages(int $pages, int $page): void
    {
        if ($pages < 2) {
            return;
        }
        $links = paginate_links(['base' => add_query_arg('paged', '%#%'), 'format' => '', 'total' => $pages, 'current' => min($page, $pages)]);
        printf('<div class="tablenav bottom"><div class="tablenav-pages">%s</div></div>', wp_kses_post((string) $links));
    }

    /** @return int[] users by number, or whose address or login begins so */
    private static function people(string $who): array
    {
        global $wpdb;
        if (preg_match('/\A[1-9]\d{0,18}\z/', $who) === 1) {
            return [(int) $who];
        }
        $begin = $wpdb->esc_like($who) . '%';
        $sql = "SELECT ID FROM {$wpdb->users} WHERE user_email LIKE %s OR user_login LIKE %s LIMIT %d";
        return array_map('intval', array_column(Database::rows($sql, [$begin, $begin, self::MOST_PEOPLE]), 'ID'));
    }
}
