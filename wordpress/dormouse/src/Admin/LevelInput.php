<?php

namespace Dormouse\Admin;

use Dormouse\Letters\Level;
use Dormouse\Letters\Shortcodes;

/** What the box of a level sent, judged as it stands: no database, no clock. */
final class LevelInput
{
    public const MOST_DAYS = 3650;

    /** @var array<string,string> by meta key; what is absent stays as it is */
    public $values = [];
    /** @var string[] what is wrong; those values stay as they are */
    public $errors = [];

    /**
     * @param array $sent     by meta key, without slashes
     * @param bool  $any_html may the author write every HTML?
     */
    public static function read(array $sent, bool $any_html): self
    {
        $input = new self();
        // A box without a tick is not sent at all.
        $input->values[Level::ENABLED] = empty($sent[Level::ENABLED]) ? '0' : '1';
        foreach (Level::STAGES as $stage) {
            foreach (Level::keys($stage) as $part => $key) {
                if (isset($sent[$key]) && is_scalar($sent[$key])) {
                    $input->take($stage, $part, $key, trim((string) $sent[$key]), $any_html);
                }
            }
        }
        return $input;
    }

    private function take(string $stage, string $part, string $key, string $text, bool $any_html): void
    {
        switch ($part) {
            case 'days':
                $this->take_days($stage, $key, $text);
                return;
            case 'email':
                $this->take_address($stage, $key, $text);
                return;
            case 'subject':
                // Not sanitize_text_field(): it eats "%20" out of "50%20off".
                $this->values[$key] = Shortcodes::line($text);
                return;
        }
        $this->values[$key] = self::is_blank($text) ? '' : ($any_html ? $text : wp_kses_post($text));
    }

    /** Empty is 0, as ML Learning Monitor has it. */
    private function take_days(string $stage, string $key, string $text): void
    {
        if (preg_match('/\A\d{0,4}\z/', $text) === 1 && (int) $text <= self::MOST_DAYS) {
            $this->values[$key] = (string) (int) $text;
            return;
        }
        /* translators: 1: name of a letter, 2: greatest number */
        $this->errors[] = sprintf(__('%1$s: days must be a whole number from 0 to %2$d. They were not changed.', 'dormouse'), Level::name_of($stage), self::MOST_DAYS);
    }

    private function take_address(string $stage, string $key, string $text): void
    {
        if ($text === '' || is_email($text)) {
            $this->values[$key] = $text;
            return;
        }
        /* translators: %s: name of a letter */
        $this->errors[] = sprintf(__('%s: this is not an e-mail address. It was not changed.', 'dormouse'), Level::name_of($stage));
    }

    /** What an editor leaves behind when everything was deleted. */
    private static function is_blank(string $html): bool
    {
        $text = str_replace(['&nbsp;', "\u{a0}"], ' ', strip_tags($html, '<img><video><audio><iframe><hr>'));
        return trim($text) === '';
    }
}
