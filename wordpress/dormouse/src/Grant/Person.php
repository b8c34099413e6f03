<?php

namespace Dormouse\Grant;

/** The user of an e-mail address, made without a single mail. The caller holds the lock of the address. */
final class Person
{
    private const ROLE = 'customer';
    private const NO = ['wp_send_new_user_notification_to_user', 'wp_send_new_user_notification_to_admin',
        'send_password_change_email', 'send_email_change_email', 'woocommerce_email_enabled_customer_new_account'];

    /** @throws Refusal 503 */
    public static function find_or_create(Request $request, Trail $trail): int
    {
        $user = get_user_by('email', $request->email);
        if ($user) {
            $trail->note('user_found', ['user_id' => $user->ID]);
        } else {
            $user = self::silently(static function () use ($request): \WP_User {
                return self::create($request);
            });
            $trail->note('user_created', ['user_id' => $user->ID, 'login' => $user->user_login]);
        }
        self::complete($user, $request);
        return $user->ID;
    }

    /** Others create users too (a shop's checkout): who comes second uses the first one's. */
    private static function create(Request $request): \WP_User
    {
        for ($try = 0; $try < 3; $try++) {
            $id = wp_insert_user([
                'user_login' => self::login($request->email, $try),
                'user_email' => $request->email,
                'user_pass' => wp_generate_password(24),
                'first_name' => wp_slash($request->first_name),
                'last_name' => wp_slash($request->last_name),
                'role' => self::role(),
            ]);
            if (!is_wp_error($id)) {
                return self::first_of($request->email) ?? new \WP_User($id);
            }
            $there = self::first_of($request->email);
            if ($there) {
                return $there;
            }
        }
        throw Refusal::unavailable('dormouse_no_user', 'the user could not be created: ' . $id->get_error_message());
    }

    /** The address is not unique in the table: everybody takes the oldest. */
    private static function first_of(string $email): ?\WP_User
    {
        global $wpdb;
        $rows = Sql::rows("SELECT ID FROM {$wpdb->users} WHERE user_email = %s ORDER BY ID LIMIT 1", [$email]);
        return $rows ? new \WP_User((int) $rows[0]['ID']) : null;
    }

    private static function login(string $email, int $try): string
    {
        $login = function_exists('wpm_email_to_login') ? (string) wpm_email_to_login($email) : sanitize_user($email, true);
        $login = substr($login, 0, 50);
        return $try === 0 && $login !== '' ? $login : $login . '_' . wp_generate_password(6, false);
    }

    /** PHP may have died while WordPress wrote the user: role and names come last. */
    private static function complete(\WP_User $user, Request $request): void
    {
        if ($user->roles === []) {
            $user->set_role(self::role());
        }
        foreach (['first_name', 'last_name'] as $name) {
            if ($request->$name !== '' && (string) get_user_meta($user->ID, $name, true) === '') {
                update_user_meta($user->ID, $name, wp_slash($request->$name));
            }
        }
    }

    private static function role(): string
    {
        return get_role(self::ROLE) ? self::ROLE : (string) get_option('default_role', 'subscriber');
    }

    /** Whoever asked for the grant writes to the person, or the site does so after the activation. */
    private static function silently(callable $create): \WP_User
    {
        global $wp_filter;
        $mailers = $wp_filter['pre_wp_mail'] ?? null;
        unset($wp_filter['pre_wp_mail']);
        add_filter('pre_wp_mail', '__return_false');
        foreach (self::NO as $filter) {
            add_filter($filter, '__return_false', PHP_INT_MAX);
        }
        try {
            return $create();
        } finally {
            foreach (self::NO as $filter) {
                remove_filter($filter, '__return_false', PHP_INT_MAX);
            }
            remove_filter('pre_wp_mail', '__return_false');
            if ($mailers !== null) {
                $wp_filter['pre_wp_mail'] = $mailers;
            }
        }
    }
}
