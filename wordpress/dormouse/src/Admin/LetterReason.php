<?php

namespace Dormouse\Admin;

/** The worker's words for why a letter did not go, in those of people. */
final class LetterReason
{
    /** Empty: not one that a school has to understand; its code says enough. */
    public static function text(string $reason): string
    {
        if (strncmp($reason, 'digest:', 7) === 0) {
            return __('it is in that day\'s digest', 'dormouse');
        }
        $known = [
            'renewed' => __('has access again', 'dormouse'),
            'certificate' => __('has a certificate given by hand', 'dormouse'),
            'blocked' => __('is blocked', 'dormouse'),
            'user_gone' => __('there is no such user any more', 'dormouse'),
            'no_keys' => __('has no key of this level any more', 'dormouse'),
            'level_off' => __('the level is not watched', 'dormouse'),
            'level_gone' => __('there is no such level any more', 'dormouse'),
            'letter_off' => __('the letter had no subject or no body', 'dormouse'),
            'nobody_left' => __('nobody of the digest sleeps any more', 'dormouse'),
            'no_address' => __('there is no address', 'dormouse'),
            'skipped_late' => __('a later letter was due already', 'dormouse'),
            'unknown_address' => __('there is no such mailbox', 'dormouse'),
            'mailbox_full' => __('the mailbox is full', 'dormouse'),
            'too_big' => __('the letter is too big for the mail server', 'dormouse'),
            'policy' => __('the mail server does not want it', 'dormouse'),
            'refused' => __('the mail server does not want it', 'dormouse'),
            'out_of_time' => __('it was tried for too long', 'dormouse'),
        ];
        return $known[$reason] ?? self::suppressed($reason);
    }

    /** Why an address gets no letters; empty = not known. */
    public static function suppressed(string $reason): string
    {
        $known = [
            'unsubscribed' => __('unsubscribed', 'dormouse'),
            'bounced' => __('there is no such mailbox', 'dormouse'),
            'complained' => __('complained about a letter', 'dormouse'),
            'by_hand' => __('put here by hand', 'dormouse'),
        ];
        return $known[$reason] ?? '';
    }
}
