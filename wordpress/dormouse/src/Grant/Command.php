<?php

namespace Dormouse\Grant;

/** `wp dormouse grant`: flags to a request, its end to lines. */
final class Command
{
    /** @param array $flags as WP-CLI gives them */
    public static function run(array $flags): void
    {
        $body = [
            'user' => self::some($flags, ['email' => 'email', 'first-name' => 'first_name', 'last-name' => 'last_name']),
            'grant' => self::some($flags, ['level' => 'term_id', 'duration' => 'duration', 'units' => 'units',
                'unlimited' => 'is_unlimited']),
            'source' => 'cli',
        ] + self::some($flags, ['external-id' => 'external_id']);
        try {
            $answer = empty($flags['async']) ? Granter::grant($body) : Async::enqueue(Request::read($body));
        } catch (Refusal $e) {
            \WP_CLI::error($e->word . ': ' . $e->getMessage());
            return;
        }
        foreach ($answer as $name => $value) {
            \WP_CLI::line($name . ': ' . (is_bool($value) ? 'yes' : $value));
        }
    }

    /** @param array<string,string> $names flag => member */
    private static function some(array $flags, array $names): array
    {
        $out = [];
        foreach ($names as $flag => $member) {
            if (isset($flags[$flag])) {
                $out[$member] = $flags[$flag];
            }
        }
        return $out;
    }
}
