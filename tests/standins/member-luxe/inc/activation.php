<?php

/** Activates a key. Returns nothing. */
function wpm_update_user_key_dates($user_id, $code, $isBanned = false, $source = '')
{
    member_luxe_activate($user_id, $code, $source);
}

function member_luxe_tell_activation($user_id, $term_id, $code, array $key, $source): void
{
    do_action('wpm_update_user_key_dates', $user_id, $term_id, $code, $key, $source);
}
