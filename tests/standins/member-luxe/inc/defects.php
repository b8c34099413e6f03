<?php

/**
 * The original's defects that other code must survive; each is on unless its name is in the option
 * `member_luxe_defects_off` or the constant MEMBER_LUXE_DEFECTS_OFF (both arrays):
 *
 * reactivation     a used key may be activated again and is prolonged
 * phantom_row      activating an unknown code inserts an empty used row
 * user_cache       keys of a user are read once per process: a second activation does not see the first
 * ten_years        saving a key that nobody activated turns its zero dates into 1 January, ten years ahead
 * own_transaction  inserting a key commits the caller's transaction
 * fold_units       units other than "days" become "months"
 * stale_register   wpm_register_user() leaves date_registered NULL and tells listeners the row as it was before
 */
function member_luxe_defect(string $name): bool
{
    $off = (array) get_option('member_luxe_defects_off', []);
    if (defined('MEMBER_LUXE_DEFECTS_OFF')) {
        $off = array_merge($off, (array) MEMBER_LUXE_DEFECTS_OFF);
    }
    return !in_array($name, $off, true);
}
