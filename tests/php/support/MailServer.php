<?php

namespace DormouseTest;

/** The SMTP server of tests/mail on a free loopback port. */
final class MailServer
{
    public $port;
    private $dir;
    private $process;

    public function __construct()
    {
        $this->dir = Process::temp_dir();
        $this->process = new Process(['/usr/bin/python3', __DIR__ . '/../../mail/smtp_server.py', '--folder', $this->dir], "{$this->dir}/log");
        Process::eventually(function (): bool {
            return is_file("{$this->dir}/ready.json");
        });
        $this->port = json_decode(file_get_contents("{$this->dir}/ready.json"), true)['plain'];
    }

    /** Mails to an address, oldest first: headers by lower-case name, the HTML and the whole message. @return array[] */
    public function mails_to(string $address): array
    {
        $out = [];
        foreach (is_file("{$this->dir}/mails.jsonl") ? file("{$this->dir}/mails.jsonl") : [] as $line) {
            $mail = json_decode($line, true);
            if ($mail !== null && in_array($address, (array) $mail['to'], true)) {
                $out[] = self::read(base64_decode($mail['content']));
            }
        }
        return $out;
    }

    /** @return array{headers:array<string,string>,html:string} */
    private static function read(string $message): array
    {
        [$head, $body] = explode("\r\n\r\n", $message, 2);
        $headers = array_change_key_case(iconv_mime_decode_headers($head, 0, 'UTF-8'));
        preg_match('/boundary="?([^";\s]+)/', $headers['content-type'], $found);
        $html = '';
        foreach (explode('--' . $found[1], $body) as $part) {
            if (stripos($part, 'text/html') !== false) {
                [$part_head, $text] = explode("\r\n\r\n", $part, 2);
                $html = stripos($part_head, 'base64') !== false ? base64_decode($text) : quoted_printable_decode($text);
            }
        }
        return ['headers' => $headers, 'html' => str_replace("\r\n", "\n", trim($html))];
    }
}
