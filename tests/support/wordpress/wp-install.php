<?php

// Second half of install.php, inside the new WordPress: its tables, its settings, its plugins.

define('WP_INSTALLING', true);
define('WP_ADMIN', true);
$url = parse_url(getenv('SITE_URL'));
$_SERVER['HTTP_HOST'] = $url['host'] . (isset($url['port']) ? ':' . $url['port'] : '');
$_SERVER['REQUEST_URI'] = '/';
define('WP_SITEURL', getenv('SITE_URL'));

/** WordPress would mail the administrator. */
function wp_new_blog_notification()
{
}

require getenv('SITE_DIR') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install('Dormouse test site', 'admin', 'admin@example.test', true, '', 'admin');
update_option('permalink_structure', '/%postname%/');
update_option('siteurl', getenv('SITE_URL'));
update_option('home', getenv('SITE_URL'));

// Their code must run as on a site, not as during an installation.
wp_installing(false);
foreach (array_filter(explode(',', getenv('SITE_PLUGINS'))) as $name) {
    $result = activate_plugin("$name/$name.php");
    if (is_wp_error($result)) {
        fwrite(STDERR, $name . ': ' . $result->get_error_message() . "\n");
        exit(1);
    }
}
if (getenv('SITE_HOOKS') !== 'none' && function_exists('member_luxe_create_hook_tables')) {
    member_luxe_create_hook_tables(getenv('SITE_HOOKS'));
}
