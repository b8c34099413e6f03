<?php

/** @return int[] levels with an active key and all levels below them (the name is the original's) */
function wpm_get_all_user_accesible_levels($user_id)
{
    global $wpdb;
    $own = $wpdb->get_col($wpdb->prepare(
        'SELECT DISTINCT term_id FROM `' . MBLTermKeysQuery::table() . "` WHERE user_id = %d AND is_banned = 0
            AND BINARY status = 'used' AND date_start <= %s AND (date_end > %s OR is_unlimited = 1) AND term_id IS NOT NULL",
        $user_id,
        gmdate('Y-m-d'),
        gmdate('Y-m-d')
    ));
    $levels = [];
    foreach (array_map('intval', $own) as $level) {
        $levels = array_merge($levels, [$level], array_map('intval', (array) get_term_children($level, 'wpm-levels')));
    }
    return array_values(array_unique($levels));
}

class MBLSubscription
{
    public static function add($user_id, $term_id)
    {
        update_user_meta($user_id, "mbl_subscription_$term_id", 1);
    }

    public static function unsubscribe($user_id, $term_id)
    {
        delete_user_meta($user_id, "mbl_subscription_$term_id");
    }
}
