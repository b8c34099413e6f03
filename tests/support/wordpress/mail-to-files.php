<?php

// Must-use plugin of the test site: every mail becomes a JSON file in DIR/mail instead of leaving the machine.

add_filter('pre_wp_mail', static function ($unused, array $mail): bool {
    $name = sprintf('%sWP%s-%s.json', ABSPATH . 'mail/', gmdate('YmdHis'), bin2hex(random_bytes(4)));
    file_put_contents("$name.part", wp_json_encode($mail, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE));
    return rename("$name.part", $name);
}, 10, 2);
