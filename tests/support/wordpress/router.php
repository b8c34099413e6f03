<?php

// For PHP's own web server: files as they are, everything else through WordPress.
//   php -S 127.0.0.1:8080 -t DIR tests/support/wordpress/router.php
// One request at a time; PHP_CLI_SERVER_WORKERS=4 makes it several, but its workers outlive a kill -9 of the server.

$root = $_SERVER['DOCUMENT_ROOT'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$file = $root . $path;
if (is_dir($file) && is_file(rtrim($file, '/') . '/index.php')) {
    $file = rtrim($file, '/') . '/index.php';
    $path = rtrim($path, '/') . '/index.php';
}
if ($path !== '/' && is_file($file) && substr($file, -4) !== '.php') {
    return false;
}
$script = is_file($file) ? $path : '/index.php';
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $script;
$_SERVER['SCRIPT_FILENAME'] = $root . $script;
chdir(dirname($root . $script));
require $root . $script;
