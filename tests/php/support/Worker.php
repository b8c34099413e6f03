<?php

namespace DormouseTest;

/** The built worker beside a site that PHP serves, and a double of the licence server. */
final class Worker
{
    private const LICENCE_SECRET = 'licence-secret-of-the-php-tests';

    /** @var string folder with configuration, logs and the audit file */
    private $dir;
    private $program;
    private $web;
    private $licence;
    private $worker;

    /**
     * @param Site   $site whose wp-config.php has the constants of constants()
     * @param string $kind one more line of `kinds`
     */
    public function __construct(Site $site, RedisServer $redis, string $program, string $kind = '')
    {
        $this->dir = Process::temp_dir();
        $this->program = $program;
        $this->web = new WebServer($site);
        $this->licence = new Process(['python3', __DIR__ . '/../../doubles/licence.py', '--secret', self::LICENCE_SECRET,
            '--port-file', "{$this->dir}/licence.port"]);
        Process::eventually(function (): bool {
            return is_file("{$this->dir}/licence.port") && filesize("{$this->dir}/licence.port") > 0;
        });
        file_put_contents("{$this->dir}/dormouse.yaml", $this->config($site, $redis) . ($kind === '' ? '' : "\n  $kind"));
        chmod("{$this->dir}/dormouse.yaml", 0600);
        [$code, $output] = $this->run('migrate');
        if ($code !== 0) {
            throw new \RuntimeException($output);
        }
        $this->worker = new Process([$program, '--config', "{$this->dir}/dormouse.yaml", 'worker'], "{$this->dir}/worker.log");
    }

    /** @return string[] words for install.php */
    public static function constants(RedisServer $redis): array
    {
        $out = [];
        foreach (['DORMOUSE_REDIS_PATH' => $redis->socket, 'DORMOUSE_KEY' => 'signing-key-of-the-php-tests', 'DORMOUSE_KEY_ID' => 'k1',
            'DORMOUSE_GRANT_KEY' => 'grant-key-of-the-php-tests', 'DORMOUSE_COMPANION_KEY' => 'companion-key-of-the-php-tests'] as $name => $value) {
            $out[] = "--define=$name=" . json_encode($value);
        }
        return $out;
    }

    /** The site as it is served. */
    public function web(): WebServer
    {
        return $this->web;
    }

    /** What the licence server has, by its name of the subscription. */
    public function licences(): array
    {
        $port = trim(file_get_contents("{$this->dir}/licence.port"));
        return (array) json_decode((string) file_get_contents("http://127.0.0.1:$port/_double/rows"), true);
    }

    public function audit(): string
    {
        return is_file("{$this->dir}/audit.log") ? file_get_contents("{$this->dir}/audit.log") : '';
    }

    /** Runs the program with a subcommand. @return array{0:int,1:string} exit code and output */
    public function run(string ...$words): array
    {
        return Process::run(array_merge([$this->program, '--config', "{$this->dir}/dormouse.yaml"], $words));
    }

    /** `jobs show` of a job. */
    public function job(string $id): array
    {
        return (array) json_decode($this->run('jobs', 'show', $id, '--json')[1], true);
    }

    private function config(Site $site, RedisServer $redis): string
    {
        $licence = trim(file_get_contents("{$this->dir}/licence.port"));
        return <<<YAML
            site:
              name: main
              database: {socket: '{$site->database->socket}', user: root}
              companion: {url: 'http://127.0.0.1:{$this->web->port}/wp-json', key: companion-key-of-the-php-tests}
            redis: {url: 'unix://{$redis->socket}'}
            queue:
              signing_keys:
                - {id: k1, key: signing-key-of-the-php-tests}
            admin: {listen: '127.0.0.1:0'}
            kinds:
              grant: {url: 'http://127.0.0.1:{$this->web->port}/wp-json/mlgb/v1/grant', key: grant-key-of-the-php-tests}
              licence: {url: 'http://127.0.0.1:$licence', secret: licence-secret-of-the-php-tests, audit_log: '{$this->dir}/audit.log'}
            YAML;
    }
}
