<?php

namespace DormouseTest;

/** A program that ends with the test, also when the test is killed. */
final class Process
{
    private $process;
    private $pid;

    /** @param string[] $argv */
    public function __construct(array $argv, string $log = '/dev/null', ?array $env = null)
    {
        // setpriv execs, so the pid is the program's own.
        $argv = array_merge(['setpriv', '--pdeathsig', 'KILL', '--'], $argv);
        $out = ['file', $log, 'a'];
        $this->process = proc_open($argv, [0 => ['file', '/dev/null', 'r'], 1 => $out, 2 => $out], $pipes, null, $env);
        $this->pid = proc_get_status($this->process)['pid'];
    }

    public function __destruct()
    {
        $this->stop(SIGKILL);
    }

    public function signal(int $number): void
    {
        posix_kill($this->pid, $number);
    }

    public function stop(int $number = SIGKILL): void
    {
        if ($this->process !== null) {
            $this->signal($number);
            proc_close($this->process);
            $this->process = null;
        }
    }

    /** Runs to the end; the output is both streams. @return array{0:int,1:string} */
    public static function run(array $argv, ?array $env = null): array
    {
        $process = proc_open($argv, [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, null, $env);
        $output = stream_get_contents($pipes[1]);
        return [proc_close($process), (string) $output];
    }

    /** Asks again every few milliseconds: other processes give nothing to await. */
    public static function eventually(callable $condition, float $seconds = 20.0): void
    {
        $end = microtime(true) + $seconds;
        while (!$condition()) {
            if (microtime(true) > $end) {
                throw new \RuntimeException('it did not happen in ' . $seconds . ' s');
            }
            usleep(5000);
        }
    }

    public static function temp_dir(): string
    {
        $dir = sys_get_temp_dir() . '/dormouse-php-' . bin2hex(random_bytes(6));
        mkdir($dir, 0700);
        register_shutdown_function(static function () use ($dir): void {
            exec('rm -rf ' . escapeshellarg($dir));
        });
        return $dir;
    }

    public static function free_port(): int
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        $port = (int) substr(strrchr(stream_socket_get_name($server, false), ':'), 1);
        fclose($server);
        return $port;
    }
}
