<?php

namespace Dormouse\Admin;

use Dormouse\Letters\Suppression;
use Dormouse\Moment;
use Dormouse\Plugin;

/** Tools → Dormouse → No letters to: addresses that get none, and the way to let them have letters again. */
final class SuppressionTab
{
    public const NAME = 'suppressed';
    public const REMOVE = 'dormouse_allow_letters';
    private const PER_PAGE = 20;

    public static function register(): void
    {
        add_action('admin_post_' . self::REMOVE, [self::class, 'remove']);
    }

    public static function remove(): void
    {
        if (!current_user_can(Plugin::capability())) {
            wp_die(esc_html__('You may not do this.', 'dormouse'), '', ['response' => 403]);
        }
        check_admin_referer(self::REMOVE);
        $hash = isset($_POST['address_hash']) ? sanitize_key(wp_unslash($_POST['address_hash'])) : '';
        if (Suppression::remove($hash)) {
            StatusPage::tell(true, __('This address may get letters again.', 'dormouse'));
        } else {
            StatusPage::tell(false, __('This address was not in the list.', 'dormouse'));
        }
        wp_safe_redirect(StatusPage::url(['tab' => self::NAME]));
        exit;
    }

    public static function show(): void
    {
        if (!Suppression::exists()) {
            printf('<div class="notice notice-warning inline"><p>%s</p></div>',
                esc_html__('The worker\'s tables are not there. On the server: dormouse migrate', 'dormouse'));
            return;
        }
        printf('<p>%s</p>', esc_html__('No reminder goes to these addresses: their owners unsubscribed, or the mail server said that they do not exist. Only their hashes are kept; the name is shown where a user has the address now.', 'dormouse'));
        $total = Suppression::count();
        if ($total === 0) {
            printf('<p>%s</p>', esc_html__('There are none.', 'dormouse'));
            return;
        }
        $pages = (int) ceil($total / self::PER_PAGE);
        $page = min(max(1, absint($_GET['paged'] ?? 1)), $pages);
        self::table(Suppression::page($page, self::PER_PAGE));
        $links = paginate_links(['base' => add_query_arg('paged', '%#%'), 'format' => '', 'total' => $pages, 'current' => $page]);
        printf('<div class="tablenav bottom"><div class="tablenav-pages">%s</div></div>', wp_kses_post((string) $links));
    }

    /** @param array<int,array<string,mixed>> $rows */
    private static function table(array $rows): void
    {
        $people = Suppression::people(array_column($rows, 'address_hash'));
        echo '<table class="widefat striped"><thead><tr>';
        foreach ([__('Address', 'dormouse'), __('Reason', 'dormouse'), __('Since', 'dormouse'), __('Note', 'dormouse'), ''] as $head) {
            printf('<th scope="col">%s</th>', esc_html($head));
        }
        echo '</tr></thead><tbody>';
        foreach ($rows as $row) {
            self::row($row, $people[$row['address_hash']] ?? null);
        }
        echo '</tbody></table>';
    }

    private static function row(array $row, ?\WP_User $user): void
    {
        echo '<tr><td>';
        if ($user) {
            printf('%s<br>%s', wp_kses_post(Person::html($user->ID)), esc_html($user->user_email));
        } else {
            printf('<code title="%s">%s…</code>', esc_attr((string) $row['address_hash']), esc_html(substr((string) $row['address_hash'], 0, 12)));
        }
        printf('</td><td>%s</td><td>%s</td><td>%s</td><td>', esc_html(LetterReason::suppressed((string) $row['reason']) ?: (string) $row['reason']),
            esc_html(Moment::of((int) $row['created_at'])), esc_html((string) $row['note']));
        printf('<form method="post" action="%s"><input type="hidden" name="action" value="%s">', esc_url(admin_url('admin-post.php')), esc_attr(self::REMOVE));
        printf('<input type="hidden" name="address_hash" value="%s">', esc_attr((string) $row['address_hash']));
        wp_nonce_field(self::REMOVE);
        printf('<button type="submit" class="button">%s</button></form></td></tr>', esc_html__('Allow letters again', 'dormouse'));
    }
}
