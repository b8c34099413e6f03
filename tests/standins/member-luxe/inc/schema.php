<?php

/** @param bool $old_site `is_unlimited` was added later by ALTER TABLE, in the middle of the columns */
function member_luxe_create_tables(bool $old_site = false): void
{
    global $wpdb;
    $table = $wpdb->prefix . 'memberlux_term_keys';
    $indexes = '';
    foreach (['key', 'key_type', 'date_start', 'date_end', 'duration', 'user_id', 'term_id', 'status', 'is_banned'] as $column) {
        $indexes .= ", INDEX memberlux_term_keys_{$column}_idx (`$column`)";
    }
    $unlimited = $old_site ? '' : ', is_unlimited TINYINT(1) NOT NULL DEFAULT 0';
    $wpdb->query("CREATE TABLE IF NOT EXISTS `$table` (
        id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT,
        term_id BIGINT(11) NULL,
        user_id BIGINT(11) NULL,
        `key` VARCHAR(255) NOT NULL,
        key_type ENUM('wpm_term_keys','wpm_keys_basket') NOT NULL DEFAULT 'wpm_term_keys',
        status ENUM('new','used','expired') NOT NULL DEFAULT 'new',
        sent TINYINT(1) NOT NULL DEFAULT 0,
        is_banned TINYINT(1) NULL DEFAULT 0,
        duration BIGINT(11) NOT NULL,
        units VARCHAR(50) NOT NULL DEFAULT 'months',
        date_start DATE NOT NULL DEFAULT '0000-00-00',
        date_end DATE NOT NULL DEFAULT '0000-00-00',
        date_registered DATE NULL,
        info LONGTEXT NULL,
        created_at TIMESTAMP$unlimited,
        PRIMARY KEY (id)$indexes
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci");
    if ($old_site) {
        $wpdb->query("ALTER TABLE `$table` ADD is_unlimited TINYINT(1) NOT NULL DEFAULT 0 AFTER units");
    }
    $wpdb->query("CREATE TABLE IF NOT EXISTS `{$wpdb->prefix}memberlux_keys_meta` (
        key_id BIGINT(20) UNSIGNED NOT NULL PRIMARY KEY,
        activation_datetime DATETIME NULL,
        source VARCHAR(100) NULL,
        utm_source VARCHAR(60) NULL, utm_medium VARCHAR(60) NULL, utm_campaign VARCHAR(60) NULL,
        utm_id VARCHAR(60) NULL, utm_term VARCHAR(60) NULL, utm_content VARCHAR(60) NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci");
}

/**
 * The hook tables, which come in two shapes: `seed` (url, event, is_active, secret and a log of sends) and `module`
 * (destination, active and a table of subscriptions). Existing ones are replaced.
 */
function member_luxe_create_hook_tables(string $shape): void
{
    global $wpdb;
    $hook = $wpdb->prefix . 'memberlux_hook';
    $wpdb->query("DROP TABLE IF EXISTS `{$hook}_action`, `$hook`");
    $tables = $shape === 'seed' ? [
        "CREATE TABLE `$hook` (
            `id` int(11) NOT NULL AUTO_INCREMENT,
            `name` varchar(255) DEFAULT NULL,
            `url` text NOT NULL,
            `event` varchar(100) NOT NULL,
            `is_active` tinyint(1) DEFAULT 1,
            `secret` varchar(255) DEFAULT NULL,
            PRIMARY KEY (`id`), KEY `event` (`event`))",
        "CREATE TABLE `{$hook}_action` (
            `id` int(11) NOT NULL AUTO_INCREMENT,
            `hook_id` int(11) NOT NULL,
            `payload` longtext,
            `response_code` int(11) DEFAULT NULL,
            `response_body` text,
            `created_at` datetime DEFAULT CURRENT_TIMESTAMP,
            PRIMARY KEY (`id`), KEY `hook_id` (`hook_id`), KEY `created_at` (`created_at`))",
    ] : [
        "CREATE TABLE `$hook` (
            `id` BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT,
            `destination` VARCHAR(255) NOT NULL,
            `sort` INT(11) NOT NULL DEFAULT 0,
            `created_at` DATETIME NULL,
            `active` TINYINT(1) NOT NULL DEFAULT 1,
            PRIMARY KEY (`id`))",
        "CREATE TABLE `{$hook}_action` (
            `id` BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT,
            `hook_id` BIGINT(20) UNSIGNED NOT NULL,
            `action` VARCHAR(100) NOT NULL,
            PRIMARY KEY (`id`), KEY `hook_id` (`hook_id`))",
    ];
    foreach ($tables as $table) {
        $wpdb->query($table);
    }
}
