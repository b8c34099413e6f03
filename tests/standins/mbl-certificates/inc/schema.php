<?php

/** No secondary index, nothing unique, and no column that tells an automatic certificate from one given by hand. */
function mbl_certificates_create_tables(): void
{
    global $wpdb;
    $charset = $wpdb->get_charset_collate();
    $wpdb->query("CREATE TABLE IF NOT EXISTS `{$wpdb->prefix}memberlux_certificate` (
        certificate_id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        user_id BIGINT(20) UNSIGNED NOT NULL,
        wpmlevel_id BIGINT(20) UNSIGNED NOT NULL,
        certificate_template_id BIGINT(20) UNSIGNED NOT NULL,
        certificate_name VARCHAR(100) NOT NULL,
        graduate_first_name VARCHAR(60), graduate_last_name VARCHAR(60), graduate_surname VARCHAR(60),
        date_issue DATE NOT NULL,
        series VARCHAR(20) NOT NULL, number VARCHAR(20) NOT NULL,
        responsible_person BIGINT(20),
        create_date DATE NOT NULL,
        course_name VARCHAR(256),
        custom_fields TEXT
    ) $charset");
    $wpdb->query("CREATE TABLE IF NOT EXISTS `{$wpdb->prefix}memberlux_certificate_templates` (
        certificate_template_id INT(11) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        name VARCHAR(255), content LONGTEXT, orientation ENUM('vertical','horizontal')
    ) $charset");
    update_option('mblc_version', '2.12');
    add_option('mblc_options', ['letter' => ['title' => 'Your certificate', 'message' => 'Well done, [user_name] [user_surname]!']]);
}
