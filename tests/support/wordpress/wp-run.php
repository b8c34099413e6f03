<?php

// Runs a script inside a WordPress site:  php wp-run.php [--define=NAME=VALUE ...] DIR SCRIPT [ARGUMENT ...]
// Constants given here win over wp-config.php; the script finds its arguments in $argv as usual.

$words = array_slice($argv, 1);
while (isset($words[0]) && strncmp($words[0], '--define=', 9) === 0) {
    [$name, $value] = explode('=', substr(array_shift($words), 9), 2) + [1 => ''];
    define($name, json_decode($value, true) ?? $value);
}
if (count($words) < 2) {
    fwrite(STDERR, "usage: php wp-run.php [--define=NAME=VALUE ...] DIR SCRIPT [ARGUMENT ...]\n");
    exit(2);
}
[$site_dir, $site_script] = $words;
$argv = array_slice($words, 1);
$argc = count($argv);
$_SERVER['argv'] = $argv;
$_SERVER['HTTP_HOST'] = '127.0.0.1';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

require rtrim($site_dir, '/') . '/wp-load.php';
require $site_script;
