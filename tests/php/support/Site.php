<?php

namespace DormouseTest;

/** A real WordPress with its own database, the plugin and the stand-in; scripts run inside it, each in a process. */
final class Site
{
    public $dir;
    public $database;
    private $defines;

    /** @param string[] $install more words for install.php */
    public function __construct(array $install = [])
    {
        $this->database = new MariaDb();
        $this->dir = Process::temp_dir() . '/site';
        $this->defines = ['DORMOUSE_KEY_ID' => 'k1', 'DORMOUSE_KEY' => 'a-key-of-the-php-tests', 'MEMBER_LUXE_KEYS_PER_LEVEL' => 0];
        [$code, $output] = Process::run(array_merge(['php', __DIR__ . '/../../support/wordpress/install.php',
            '--dir=' . $this->dir, '--socket=' . $this->database->socket], $install));
        if ($code !== 0) {
            throw new \RuntimeException($output);
        }
    }

    /** Constants for all later runs. */
    public function define(array $constants): void
    {
        $this->defines = $constants + $this->defines;
    }

    public function sql(string $statement): array
    {
        return $this->database->sql($statement);
    }

    /**
     * Runs statements in WordPress; what they return comes back through JSON. Anything printed fails the test: so do
     * notices, which the site shows here. A constant that is null stays undefined.
     *
     * @return mixed
     */
    public function run(string $php, array $defines = [])
    {
        $script = Process::temp_dir() . '/script.php';
        $mark = bin2hex(random_bytes(8));
        file_put_contents($script, "<?php\n\$result = (static function () {\n$php\n})();\n"
            . "echo '$mark', json_encode(\$result);\n");
        [$code, $output] = $this->run_file($script, [], [], $defines);
        $parts = explode($mark, $output);
        if ($code !== 0 || count($parts) !== 2 || $parts[0] !== '' || json_decode($parts[1]) === null && $parts[1] !== 'null') {
            throw new \RuntimeException("exit $code, printed: $output");
        }
        return json_decode($parts[1], true);
    }

    /** Runs `wp dormouse …`. @return array{0:int,1:string} exit code and output */
    public function wp(string ...$words): array
    {
        return $this->run_file(__DIR__ . '/wp-command.php', $words, ['auto_prepend_file=' . __DIR__ . '/wp-cli.php'], ['WP_CLI' => true]);
    }

    /** @return array{0:int,1:string} */
    private function run_file(string $script, array $words, array $settings, array $defines): array
    {
        $argv = ['php'];
        foreach (array_merge(['display_errors=1', 'error_reporting=' . (E_ALL & ~E_DEPRECATED)], $settings) as $setting) {
            array_push($argv, '-d', $setting);
        }
        $argv[] = __DIR__ . '/../../support/wordpress/wp-run.php';
        foreach ($defines + $this->defines as $name => $value) {
            if ($value !== null) {
                $argv[] = "--define=$name=" . json_encode($value);
            }
        }
        return Process::run(array_merge($argv, [$this->dir, $script], $words));
    }

    /** Lines of PHP's log about our files; WordPress 6.1 itself is not clean on PHP 8.2. @return string[] */
    public function complaints(): array
    {
        $lines = is_file("{$this->dir}/debug.log") ? file("{$this->dir}/debug.log", FILE_IGNORE_NEW_LINES) : [];
        return array_values(array_filter($lines, static function (string $line): bool {
            return strpos($line, 'PHP ') !== false && preg_match('~/wp-includes/|/wp-admin/~', $line) !== 1;
        }));
    }

    public function log(): string
    {
        return is_file("{$this->dir}/debug.log") ? file_get_contents("{$this->dir}/debug.log") : '';
    }

    /** @return array[] rows of the outbox */
    public function outbox(string $prefix = 'wp_'): array
    {
        return $this->sql("SELECT * FROM {$prefix}dormouse_outbox ORDER BY id");
    }
}
