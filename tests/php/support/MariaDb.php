<?php

namespace DormouseTest;

/**
 * A private mariadbd on a UNIX socket; root has no password. Its folder for temporary tables is its own: a server that
 * starts deletes what looks left over in there.
 */
final class MariaDb
{
    private const FILES = ['--innodb-log-file-size=4M', '--innodb-data-file-path=ibdata1:5M:autoextend',
        '--innodb-autoextend-increment=1', '--aria-log-file-size=8M'];
    private const SPEED = ['--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=2',
        '--innodb-flush-method=nosync', '--innodb-doublewrite=0', '--innodb-fast-shutdown=2',
        '--performance-schema=0', '--skip-log-bin', '--skip-name-resolve', '--skip-networking'];

    public $socket;
    private $process;

    public function __construct()
    {
        $dir = Process::temp_dir();
        exec('cp -r ' . escapeshellarg(self::template()) . ' ' . escapeshellarg("$dir/data"));
        $this->socket = "$dir/mysqld.sock";
        $argv = array_merge(['mariadbd', '--no-defaults', "--datadir=$dir/data", "--socket={$this->socket}",
            "--pid-file=$dir/mysqld.pid", "--tmpdir=$dir", '--user=' . posix_getpwuid(posix_getuid())['name']], self::FILES, self::SPEED);
        $this->process = new Process($argv, "$dir/mysqld.log");
        mysqli_report(MYSQLI_REPORT_OFF);
        Process::eventually(function (): bool {
            return file_exists($this->socket) && @mysqli_connect('localhost', 'root', '', '', 0, $this->socket) !== false;
        });
    }

    /** @return array[] rows */
    public function sql(string $statement, string $database = 'wordpress'): array
    {
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        $db = new \mysqli('localhost', 'root', '', $database, 0, $this->socket);
        $db->set_charset('utf8mb4');
        $db->query("SET sql_mode = ''");
        $result = $db->query($statement);
        return $result instanceof \mysqli_result ? $result->fetch_all(MYSQLI_ASSOC) : [];
    }

    /** System tables, installed once per version and user. */
    private static function template(): string
    {
        $version = preg_replace('/[^0-9A-Za-z.]+/', '_', Process::run(['mariadbd', '--version'])[1]);
        $template = sys_get_temp_dir() . '/dormouse-php-mariadb-' . posix_getuid() . '-' . $version;
        $lock = fopen("$template.lock", 'c');
        flock($lock, LOCK_EX);
        if (!is_dir($template)) {
            exec('rm -rf ' . escapeshellarg("$template.half"));
            [$code, $output] = Process::run(array_merge(['mariadb-install-db', '--no-defaults',
                "--datadir=$template.half", '--auth-root-authentication-method=normal', '--skip-test-db',
                '--user=' . posix_getpwuid(posix_getuid())['name']], self::FILES));
            if ($code !== 0) {
                throw new \RuntimeException($output);
            }
            rename("$template.half", $template);
        }
        flock($lock, LOCK_UN);
        return $template;
    }
}
