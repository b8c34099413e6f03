<?php

/** Activates a key, as 2.17 did: it knows of no source. Returns nothing. */
function wpm_update_user_key_dates($user_id, $code, $isBanned = false)
{
    member_luxe_activate($user_id, $code, '');
}

/** 2.17 has no such action: nobody hears of an activation. */
function member_luxe_tell_activation($user_id, $term_id, $code, array $key, $source): void
{
}
