<?php

namespace Dormouse\Admin;

use Dormouse\Settings;

/** What the form sent, judged as it stands: no database, no clock, no Redis. */
final class Input
{
    /** @var array<string,mixed> settings by name; a name that is absent stays as it is, an empty text removes it */
    public $values = [];
    /** @var array<string,string> what is wrong, by name; those settings stay as they are */
    public $errors = [];

    /**
     * @param array    $sent   name => text, as in the form, without slashes
     * @param array    $remove names of secrets to remove
     * @param string[] $fixed  names that constants decide
     */
    public static function read(array $sent, array $remove, array $fixed): self
    {
        $input = new self();
        foreach (Fields::all() as $name => $field) {
            if (in_array($name, $fixed, true)) {
                continue;
            }
            if ($field[0] === Fields::EVENTS) {
                $input->read_events($name, $sent);
                continue;
            }
            $text = is_scalar($sent[$name] ?? null) ? (string) $sent[$name] : '';
            if ($field[0] === Fields::SECRET) {
                $input->read_secret($name, $text, in_array($name, $remove, true));
            } elseif ($field[0] === Fields::SWITCH) {
                $input->values[$name] = $text === '' ? '0' : '1';
            } else {
                $input->read_text($name, trim($text));
            }
        }
        return $input;
    }

    /** An empty field changes nothing: the page does not know what it would have to send back. */
    private function read_secret(string $name, string $text, bool $remove): void
    {
        if ($remove) {
            $this->values[$name] = '';
            return;
        }
        if ($text === '') {
            return;
        }
        $shortest = $name === 'redis_password' ? 1 : Settings::SHORTEST_KEY;
        if (preg_match('/[\x00-\x1f\x7f]/', $text) === 1) {
            $this->errors[$name] = __('Control characters are not allowed.', 'dormouse');
        } elseif (strlen($text) < $shortest) {
            /* translators: %d: number of bytes */
            $this->errors[$name] = sprintf(__('At least %d bytes, please.', 'dormouse'), $shortest);
        } else {
            $this->values[$name] = $text;
        }
    }

    private function read_text(string $name, string $text): void
    {
        $error = $text === '' ? '' : self::judge($name, $text);
        if ($error !== '') {
            $this->errors[$name] = $error;
        } else {
            $this->values[$name] = $text;
        }
    }

    private static function judge(string $name, string $text): string
    {
        switch ($name) {
            case 'site':
                return preg_match(Settings::NAME_PATTERN, $text) === 1 ? '' : __('Only a-z 0-9 _ - and at most 32 of them.', 'dormouse');
            case 'redis_scheme':
                return isset(Fields::schemes()[$text]) ? '' : __('Not a way to connect.', 'dormouse');
            case 'redis_port':
                return self::number($text, 1, 65535);
            case 'redis_database':
                return self::number($text, 0, 1000000);
            case 'redis_pause':
                return self::number($text, 1, 3600);
            case 'redis_timeout':
                return is_numeric($text) && $text >= 0.05 && $text <= 1 ? '' : __('A number from 0.05 to 1.', 'dormouse');
            case 'redis_path':
                return $text[0] === '/' && self::is_plain($text) ? '' : __('A path that begins with /.', 'dormouse');
            case 'key_id':
                return preg_match('/\A[A-Za-z0-9_-]{1,32}\z/', $text) === 1 ? '' : __('Only A-Z a-z 0-9 _ - and at most 32 of them.', 'dormouse');
        }
        return self::is_plain($text) && strpos($text, ' ') === false ? '' : __('No blanks and control characters, and at most 255 of the others.', 'dormouse');
    }

    private static function number(string $text, int $least, int $most): string
    {
        $good = preg_match('/\A\d{1,7}\z/', $text) === 1 && (int) $text >= $least && (int) $text <= $most;
        /* translators: 1: least, 2: greatest number */
        return $good ? '' : sprintf(__('A whole number from %1$d to %2$d.', 'dormouse'), $least, $most);
    }

    private static function is_plain(string $text): bool
    {
        return preg_match('/\A[^\x00-\x1f\x7f]{1,255}\z/', $text) === 1;
    }

    /** The form sends the events it showed and those that were ticked. */
    private function read_events(string $name, array $sent): void
    {
        $list = static function (string $key) use ($sent): array {
            $given = is_array($sent[$key] ?? null) ? array_filter($sent[$key], 'is_string') : [];
            return array_filter($given, static function (string $event): bool {
                return preg_match('~\A[A-Za-z0-9_./:-]{1,100}\z~', $event) === 1;
            });
        };
        $this->values[$name] = array_values(array_unique(array_diff($list('events_shown'), $list('events_on'))));
    }
}
