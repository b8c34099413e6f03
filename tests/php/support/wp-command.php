<?php

// Runs `wp dormouse …` inside WordPress:  php wp-run.php --define=WP_CLI=true DIR wp-command.php status --format=json
// The class WP_CLI comes from auto_prepend_file.

$words = $flags = [];
foreach (array_slice($argv, 1) as $word) {
    if (strncmp($word, '--', 2) === 0) {
        [$name, $value] = explode('=', substr($word, 2), 2) + [1 => true];
        $flags[$name] = $value;
    } else {
        $words[] = $word;
    }
}
$group = 'dormouse ' . ($words[0] ?? '');
if (isset(WP_CLI::$commands[$group])) {
    array_shift($words);
}
$class = WP_CLI::$commands[$group] ?? WP_CLI::$commands['dormouse'];
$method = array_shift($words);
(new $class())->$method($words, $flags);
