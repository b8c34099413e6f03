<?php

/** @return bool|null null when an adapter threw */
function wpm_send_mail($recipients, $subject, $message, $sender_name = '', $sender_email = '', $keys = [], $term_id = null, $attachments = [])
{
    try {
        do_action('mbl_send_mail', $recipients, $subject, $message, $attachments);
        $message = apply_filters('wpm_mailer_message', $message);
        $headers = ['Content-Type: text/html; charset=UTF-8'];
        return member_luxe_adapter($recipients, $subject, wpautop(stripslashes($message)), $headers, $attachments);
    } catch (Exception $e) {
        wp_mkdir_p(WP_CONTENT_DIR . '/uploads');
        file_put_contents(WP_CONTENT_DIR . '/uploads/member-luxe-mail.log', $e->getMessage() . "\n", FILE_APPEND);
        return null;
    }
}

/**
 * The constant MEMBER_LUXE_MAILER or the option member_luxe_mailer: `failing` sends nothing and answers false, `throwing`
 * throws, `slow:0.3` takes so many seconds; anything else is wp_mail() as it is.
 *
 * @return bool
 */
function member_luxe_adapter(...$mail)
{
    $mailer = (string) (defined('MEMBER_LUXE_MAILER') ? MEMBER_LUXE_MAILER : get_option('member_luxe_mailer', ''));
    if ($mailer === 'failing') {
        return false;
    }
    if ($mailer === 'throwing') {
        throw new Exception('the mail service did not answer');
    }
    if (strpos($mailer, 'slow:') === 0) {
        usleep((int) (1000000 * (float) substr($mailer, 5)));
    }
    return wp_mail(...$mail);
}

/** @return bool|null true without sending when the letter is switched off */
function wpm_send_user_email($user_id, $key, $email, $params = [], $files = [])
{
    $options = is_array($key) ? $key : (array) get_option('wpm_letters', []);
    $letter = is_array($key) ? $key : ($options[$key] ?? []);
    if (empty($letter['title'])) {
        return true;
    }
    $message = apply_filters('wpm_user_mail_shortcode_replacement', $letter['message'] ?? '', $user_id, $params);
    return wpm_send_mail($email, $letter['title'], $message, '', '', [], null, $files);
}

function wpm_send_registration_email($whom, $form, $user_id)
{
    $user = get_userdata($user_id);
    $params = ['user_login' => $user->user_login, 'user_name' => $user->first_name, 'user_pass' => $form['pass'] ?? ''];
    wpm_send_user_email($user_id, "registration_$whom", $whom === 'user' ? $user->user_email : get_option('admin_email'), $params);
}

function wpm_send_email_about_new_key($user, $code, $term_id)
{
    $options = (array) get_option("taxonomy_term_$term_id", []);
    $term = get_term($term_id, 'wpm-levels');
    $params = ['user_name' => $user->first_name, 'user_login' => $user->user_login, 'code' => $code,
        'term_name' => $term instanceof WP_Term ? $term->name : '', 'start_page' => home_url('/')];
    $letter = ['title' => $options['mass_keys_title'] ?? '', 'message' => $options['mass_keys_message'] ?? ''];
    wpm_send_user_email($user->ID, $letter, $user->user_email, $params);
}

// Plain replacement, nothing escaped, and nothing at all for people who are no customers.
add_filter('wpm_user_mail_shortcode_replacement', static function ($message, $user_id, $params) {
    $user = get_userdata($user_id);
    if (!$user || !in_array('customer', $user->roles, true)) {
        return $message;
    }
    foreach ((array) $params as $name => $value) {
        $message = str_replace("[$name]", (string) $value, $message);
    }
    return str_replace('[auth_link]', wp_login_url(), $message);
}, 10, 3);
