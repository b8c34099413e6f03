<?php

namespace DormouseTest;

/** A visitor with cookies; redirects are followed. */
final class Browser
{
    private $base;
    private $curl;
    public $status = 0;

    public function __construct(string $base)
    {
        $this->base = $base;
        $this->curl = curl_init();
        curl_setopt_array($this->curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_FOLLOWLOCATION => true,
            CURLOPT_COOKIEFILE => '', CURLOPT_TIMEOUT => 30]);
    }

    public function get(string $path, array $headers = []): string
    {
        return $this->send([CURLOPT_HTTPGET => true, CURLOPT_URL => $this->base . $path, CURLOPT_HTTPHEADER => $headers]);
    }

    public function post(string $path, array $fields): string
    {
        return $this->send([CURLOPT_POST => true, CURLOPT_URL => $this->base . $path, CURLOPT_HTTPHEADER => [],
            CURLOPT_POSTFIELDS => http_build_query($fields)]);
    }

    public function log_in(string $user, string $password): void
    {
        $this->get('/wp-login.php');
        $this->post('/wp-login.php', ['log' => $user, 'pwd' => $password, 'testcookie' => 1]);
    }

    private function send(array $options): string
    {
        curl_setopt_array($this->curl, $options);
        $body = curl_exec($this->curl);
        if ($body === false) {
            throw new \RuntimeException(curl_error($this->curl));
        }
        $this->status = (int) curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
        return $body;
    }
}
