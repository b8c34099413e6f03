<?php

// WP-CLI is no Debian package: as much of its interface as the plugin's command uses, printing what it is told.

namespace {
    class WP_CLI
    {
        public static $commands = [];

        public static function add_command(string $name, string $class): void
        {
            self::$commands[$name] = $class;
        }

        public static function line(string $text): void
        {
            echo $text, "\n";
        }

        public static function success(string $text): void
        {
            echo "Success: $text\n";
        }

        public static function warning(string $text): void
        {
            echo "Warning: $text\n";
        }

        public static function error(string $text): void
        {
            echo "Error: $text\n";
            exit(1);
        }

        public static function halt(int $code): void
        {
            exit($code);
        }
    }
}

namespace WP_CLI\Utils {
    function format_items(string $format, array $items, array $fields): void
    {
        foreach ($items as $item) {
            $row = [];
            foreach ($fields as $field) {
                $row[] = $item[$field];
            }
            echo implode("\t", $row), "\n";
        }
    }
}
