<?php

namespace DormouseTest;

/** One PHP process that serves a site, one request at a time; several beside each other are a pool. */
final class WebServer
{
    public $port;
    private $site;
    private $env;
    private $process;

    /** @param array<string,string> $env for the process, beside ours */
    public function __construct(Site $site, array $env = [], ?int $port = null)
    {
        $this->site = $site;
        $this->env = $env;
        $this->port = $port ?? Process::free_port();
        $this->start();
    }

    public function start(): void
    {
        $dir = $this->site->dir;
        $argv = ['php', '-S', "127.0.0.1:{$this->port}", '-t', $dir, __DIR__ . '/../../support/wordpress/router.php'];
        $this->process = new Process($argv, "$dir/server.log", $this->env + getenv());
        Process::eventually(function (): bool {
            return (bool) @stream_socket_client("tcp://127.0.0.1:{$this->port}");
        });
    }

    /** Starts it again if it is dead. */
    public function revive(): void
    {
        if (!@stream_socket_client("tcp://127.0.0.1:{$this->port}")) {
            $this->process->stop(SIGKILL);
            $this->start();
        }
    }

    /**
     * @param array|string|null $body an array goes as JSON
     * @param string[] $headers
     * @return array{status:int,headers:array<string,string>,json:mixed,text:string} status 0: no answer
     */
    public function send(string $method, string $path, $body = null, array $headers = []): array
    {
        $curl = self::request("http://127.0.0.1:{$this->port}$path", $method, $body, $headers);
        return self::answer($curl, (string) curl_exec($curl));
    }

    /** @return \CurlHandle */
    public static function request(string $url, string $method, $body, array $headers)
    {
        $curl = curl_init($url);
        if (is_array($body)) {
            $body = json_encode($body);
            $headers[] = 'Content-Type: application/json';
        }
        curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_HEADER => true, CURLOPT_TIMEOUT => 60,
            CURLOPT_CUSTOMREQUEST => $method, CURLOPT_HTTPHEADER => array_merge($headers, ['Expect:'])]);
        if ($body !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
        }
        return $curl;
    }

    /** @param \CurlHandle $curl */
    public static function answer($curl, string $message): array
    {
        [$head, $text] = explode("\r\n\r\n", $message, 2) + ['', ''];
        $headers = [];
        foreach (array_slice(explode("\r\n", $head), 1) as $line) {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = trim($value);
        }
        return ['status' => (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), 'headers' => $headers,
            'json' => json_decode($text, true), 'text' => $text];
    }
}
