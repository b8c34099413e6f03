<?php

namespace Dormouse\Admin;

use Dormouse\Letters\Level;
use Dormouse\Letters\Reminders;
use Dormouse\Moment;

/** Letters of the ledger as a table; below one in doubt stands what to do. */
final class LetterRow
{
    /** @param array<int,array<string,mixed>> $rows of Reminders */
    public static function table(array $rows): void
    {
        $heads = [__('Number', 'dormouse'), __('Student', 'dormouse'), __('Level', 'dormouse'), __('Access ended', 'dormouse'),
            __('Letter', 'dormouse'), __('State', 'dormouse'), __('When', 'dormouse'), __('Subject', 'dormouse')];
        echo '<table class="widefat striped"><thead><tr>';
        foreach ($heads as $head) {
            printf('<th scope="col">%s</th>', esc_html($head));
        }
        echo '</tr></thead><tbody>';
        foreach ($rows as $row) {
            self::row($row);
        }
        echo '</tbody></table>';
    }

    /** What a state is called. */
    public static function state(string $state, bool $undecided = true): string
    {
        $names = [
            'planned' => __('planned', 'dormouse'),
            'claimed' => __('being prepared', 'dormouse'),
            'streaming' => __('being sent', 'dormouse'),
            Reminders::IN_DOUBT => $undecided ? __('in doubt', 'dormouse') : __('the mail server has not answered yet', 'dormouse'),
            'sent' => __('sent', 'dormouse'),
            'retry' => __('tried again later', 'dormouse'),
            'failed' => __('failed', 'dormouse'),
            'suppressed' => __('held back: no letters to this address', 'dormouse'),
            'skipped' => __('skipped', 'dormouse'),
        ];
        return $names[$state] ?? $state;
    }

    public static function level(int $term_id): string
    {
        $term = get_term($term_id, Level::TAXONOMY);
        if ($term instanceof \WP_Term) {
            return wp_specialchars_decode($term->name, ENT_QUOTES);
        }
        /* translators: %d: number of a level */
        return sprintf(__('level %d (deleted)', 'dormouse'), $term_id);
    }

    private static function row(array $row): void
    {
        $doubt = Reminders::is_undecided($row, 1000 * time());
        printf('<tr class="%s"><td>%d</td><td>%s</td>', $doubt ? 'in-doubt' : '', (int) $row['id'], wp_kses_post(self::student((int) $row['user_id'])));
        printf('<td>%s</td><td>%s</td>', esc_html(self::level((int) $row['term_id'])), esc_html(Moment::day((string) $row['lapse'])));
        printf('<td>%s</td><td><strong>%s</strong>', esc_html(Level::name_of((string) $row['stage'])), esc_html(self::state((string) $row['state'], $doubt)));
        if ((string) $row['reason'] !== '') {
            $text = LetterReason::text((string) $row['reason']);
            printf($text === '' ? '<br><code>%1$s</code>' : '<br><span title="%1$s">%2$s</span>', esc_html((string) $row['reason']), esc_html($text));
        }
        printf('</td><td>%s</td><td>%s</td></tr>', esc_html(self::when($row)), esc_html((string) $row['subject']));
        if ($doubt) {
            self::help($row);
        }
    }

    /** A digest for the administrator is about nobody in particular. */
    private static function student(int $user_id): string
    {
        return $user_id > 0 ? Person::html($user_id) : esc_html__('all of the day', 'dormouse');
    }

    /** When it went, or goes, or when it last changed. */
    private static function when(array $row): string
    {
        if ((int) $row['sent_at'] > 0) {
            return Moment::of((int) $row['sent_at']);
        }
        if (in_array($row['state'], ['planned', 'retry'], true)) {
            /* translators: %s: day and time */
            return sprintf(__('due %s', 'dormouse'), Moment::of((int) $row['due_at']));
        }
        return Moment::of((int) $row['updated_at']);
    }

    private static function help(array $row): void
    {
        echo '<tr class="in-doubt"><td colspan="8"><div class="dormouse-help">';
        /* translators: %s: Message-ID of a mail */
        $text = __('Nobody knows whether this letter arrived: the connection broke after the mail server had all of it. So it is not sent again by itself. Look for %s in the mail server\'s log, then run one of these on the server:', 'dormouse');
        printf('<p>%s</p><ul>', esc_html(sprintf($text, (string) $row['message_id'])));
        $ways = ['--sent' => __('it arrived', 'dormouse'), '--again' => __('it did not: send it', 'dormouse'), '--never' => __('leave it', 'dormouse')];
        foreach ($ways as $way => $meaning) {
            printf('<li><code>dormouse letters resolve %d %s</code> – %s</li>', (int) $row['id'], esc_html($way), esc_html($meaning));
        }
        echo '</ul></div></td></tr>';
    }
}
