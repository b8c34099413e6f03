<?php

namespace Dormouse\Admin;

use Dormouse\Settings;

/** What goes into the worker's configuration for a key: shown once, together with the key. */
final class WorkerLines
{
    private const SECRETS = '/etc/dormouse/secrets/';

    /** Shell and YAML. The key is hexadecimal, so nothing in it needs quoting. */
    public static function of(string $name, string $key, string $id): string
    {
        $file = self::SECRETS . $id;
        $lines = [
            '# ' . __('On the server, as root:', 'dormouse'),
            "(umask 027; echo $key > $file; chgrp dormouse $file)",
            '',
            '# /etc/dormouse/dormouse.yaml',
        ];
        return implode("\n", array_merge($lines, self::yaml($name, $id, $file))) . "\n";
    }

    /** @return string[] */
    private static function yaml(string $name, string $id, string $file): array
    {
        switch ($name) {
            case 'grant_key':
                return ['kinds:', '  grant:', '    url: ' . rest_url('mlgb/v1/grant'), "    key_file: $file"];
            case 'companion_key':
                return ['site:', '  companion:', '    url: ' . untrailingslashit(rest_url()), "    key_file: $file"];
        }
        $lines = ['queue:', '  signing_keys:', "    - id: $id", "      key_file: $file"];
        if (Settings::key() !== '') {
            $lines[] = '    # ' . __('Keep the key that is there until its jobs are done.', 'dormouse');
        }
        return $lines;
    }
}
