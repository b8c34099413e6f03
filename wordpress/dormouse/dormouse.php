<?php

/**
 * Plugin Name:       Dormouse
 * Description:       Hands jobs to the Dormouse worker through Redis: signed, durable, and without making a page wait.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * Text Domain:       dormouse
 * Domain Path:       /languages
 */

namespace Dormouse;

defined('ABSPATH') || exit;

const VERSION = '0.1.0';
const PLUGIN_FILE = __FILE__;

spl_autoload_register(static function (string $class): void {
    if (strncmp($class, __NAMESPACE__ . '\\', 9) === 0) {
        $file = __DIR__ . '/src/' . str_replace('\\', '/', substr($class, 9)) . '.php';
        if (is_file($file)) {
            require $file;
        }
    }
});

Plugin::start();
