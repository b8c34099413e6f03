<?php

// For PHPUnit: classes of the plugin that need no WordPress, and the servers of the tests.

error_reporting(E_ALL);
spl_autoload_register(static function (string $class): void {
    $roots = ['Dormouse\\' => __DIR__ . '/../../wordpress/dormouse/src/', 'DormouseTest\\' => __DIR__ . '/support/'];
    foreach ($roots as $prefix => $root) {
        if (strncmp($class, $prefix, strlen($prefix)) === 0) {
            $file = $root . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
            is_file($file) && require $file;
        }
    }
});
require_once '/usr/share/php/Predis/Autoloader.php';
Predis\Autoloader::register();
