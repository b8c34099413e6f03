<?php

// Builds a WordPress site for tests and the demo from Debian's `wordpress` package: own folder, own wp-config.php, own
// tables, the companion plugin and stand-ins of other plugins activated. Nobody has to click anything.
//
//   php tests/support/wordpress/install.php --dir=DIR --socket=MARIADB.sock [--user=root] [--password=] \
//       [--database=wordpress] [--prefix=wp_] [--url=http://127.0.0.1:8080] [--define=NAME=VALUE ...] \
//       [--hooks=seed|module|none] [--plugins=dormouse,member-luxe,mbl-certificates] [--config=FILE]
//
// --plugins: dormouse and the folders of tests/standins, activated in this order; what one of them requires comes first.
// DIR must not exist or be empty. --define puts a constant into wp-config.php (JSON value, or text if it is no JSON);
// --config appends a file of PHP to it. Administrator: admin / admin. Mails land in DIR/mail, PHP's log in DIR/debug.log.
// Serve it with:  php -S 127.0.0.1:8080 -t DIR tests/support/wordpress/router.php

const PACKAGE = '/usr/share/wordpress';

main(options());

function main(array $o): void
{
    if (is_dir($o['dir']) && count(scandir($o['dir'])) > 2) {
        stop("{$o['dir']} is not empty");
    }
    lay_out($o['dir']);
    file_put_contents("{$o['dir']}/wp-config.php", wp_config($o));
    create_database($o);
    $sources = plugin_sources();
    $plugins = with_required($o['plugins'], $sources);
    foreach ($plugins as $name) {
        symlink($sources[$name], "{$o['dir']}/wp-content/plugins/$name");
    }
    $env = ['SITE_DIR' => $o['dir'], 'SITE_URL' => $o['url'], 'SITE_HOOKS' => $o['hooks'],
        'SITE_PLUGINS' => implode(',', $plugins)] + getenv();
    run([PHP_BINARY, __DIR__ . '/wp-install.php'], $env);
}

/** @return array<string,string> folder of each plugin by its name; the main file is NAME/NAME.php */
function plugin_sources(): array
{
    $root = dirname(__DIR__, 3);
    $sources = ['dormouse' => "$root/wordpress/dormouse"];
    foreach (glob("$root/tests/standins/*", GLOB_ONLYDIR) as $folder) {
        $sources[basename($folder)] = $folder;
    }
    return $sources;
}

/** @return string[] names, each after those in its header `Requires Plugins` */
function with_required(array $names, array $sources): array
{
    $all = [];
    foreach ($names as $name) {
        isset($sources[$name]) || stop("--plugins: $name is not one of " . implode(', ', array_keys($sources)));
        preg_match('/Requires Plugins:\s*(.+)$/m', file_get_contents("{$sources[$name]}/$name.php"), $found);
        $required = isset($found[1]) ? array_map('trim', explode(',', $found[1])) : [];
        $all = array_merge($all, with_required($required, $sources), [$name]);
    }
    return array_values(array_unique($all));
}

function options(): array
{
    $given = getopt('', ['dir:', 'socket:', 'user:', 'password:', 'database:', 'prefix:', 'url:', 'define:', 'hooks:',
        'plugins:', 'config:']);
    foreach (['dir', 'socket'] as $needed) {
        isset($given[$needed]) || stop("--$needed is missing");
    }
    $o = $given + ['user' => 'root', 'password' => '', 'database' => 'wordpress', 'prefix' => 'wp_',
        'url' => 'http://127.0.0.1:8080', 'define' => [], 'hooks' => 'seed', 'plugins' => 'dormouse,member-luxe,mbl-certificates',
        'config' => ''];
    preg_match('/\A\w{1,32}\z/', $o['prefix']) === 1 || stop('--prefix: only A-Z a-z 0-9 _');
    preg_match('/\A\w{1,64}\z/', $o['database']) === 1 || stop('--database: only A-Z a-z 0-9 _');
    in_array($o['hooks'], ['seed', 'module', 'none'], true) || stop('--hooks: seed, module or none');
    $o['define'] = (array) $o['define'];
    $o['plugins'] = array_filter(explode(',', $o['plugins']));
    return $o;
}

/** Core files are hard links into a copy made once per version and user: quick, and nobody writes to them. */
function lay_out(string $dir): void
{
    require PACKAGE . '/wp-includes/version.php';
    $template = sys_get_temp_dir() . "/dormouse-wordpress-$wp_version-" . posix_getuid();
    $lock = fopen("$template.lock", 'c');
    flock($lock, LOCK_EX);
    if (!is_dir($template)) {
        shell('rm -rf %1$s && cp -rL %2$s %1$s && rm -rf %1$s/wp-config.php %1$s/wp-content', "$template.new", PACKAGE);
        rename("$template.new", $template);
    }
    flock($lock, LOCK_UN);
    is_dir($dir) || mkdir($dir, 0755, true);
    // Another file system: plain copies.
    shell('cp -al %1$s/. %2$s/ 2>/dev/null || cp -r %1$s/. %2$s/', $template, $dir);
    foreach (['plugins', 'mu-plugins', 'themes/plain', 'uploads'] as $folder) {
        mkdir("$dir/wp-content/$folder", 0755, true);
    }
    mkdir("$dir/mail");
    copy(__DIR__ . '/mail-to-files.php', "$dir/wp-content/mu-plugins/mail-to-files.php");
    file_put_contents("$dir/wp-content/themes/plain/style.css", "/*\nTheme Name: Plain\n*/\n");
    copy(__DIR__ . '/theme.php', "$dir/wp-content/themes/plain/index.php");
}

function wp_config(array $o): string
{
    $constants = [
        'DB_NAME' => $o['database'], 'DB_USER' => $o['user'], 'DB_PASSWORD' => $o['password'],
        'DB_HOST' => 'localhost:' . $o['socket'], 'DB_CHARSET' => 'utf8mb4', 'DB_COLLATE' => '',
        'WP_DEBUG' => true, 'WP_DEBUG_DISPLAY' => false, 'WP_DEBUG_LOG' => "{$o['dir']}/debug.log",
        'WP_DEFAULT_THEME' => 'plain', 'DISABLE_WP_CRON' => true, 'AUTOMATIC_UPDATER_DISABLED' => true,
        'WP_HTTP_BLOCK_EXTERNAL' => true, 'WP_ACCESSIBLE_HOSTS' => '127.0.0.1,localhost',
    ];
    foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
        $constants[$name . '_KEY'] = bin2hex(random_bytes(16));
        $constants[$name . '_SALT'] = bin2hex(random_bytes(16));
    }
    foreach ($o['define'] as $definition) {
        [$name, $value] = explode('=', $definition, 2) + [1 => ''];
        $constants[$name] = json_decode($value, true) ?? $value;
    }
    $text = "<?php\n";
    foreach ($constants as $name => $value) {
        // wp-run.php may have been there first.
        $text .= "defined('$name') || define('$name', " . var_export($value, true) . ");\n";
    }
    $text .= $o['config'] === '' ? '' : preg_replace('/\A<\?php\s*/', '', file_get_contents($o['config'])) . "\n";
    $text .= "\$table_prefix = '{$o['prefix']}';\n";
    return $text . "defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');\nrequire_once ABSPATH . 'wp-settings.php';\n";
}

function create_database(array $o): void
{
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $db = new mysqli('localhost', $o['user'], $o['password'], '', 0, $o['socket']);
    $db->query("CREATE DATABASE IF NOT EXISTS `{$o['database']}` CHARACTER SET utf8mb4");
}

function shell(string $format, string ...$words): void
{
    exec(vsprintf($format, array_map('escapeshellarg', $words)) . ' 2>&1', $output, $code);
    $code === 0 || stop(implode("\n", $output));
}

function run(array $command, array $env): void
{
    $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, null, $env);
    $output = stream_get_contents($pipes[1]);
    proc_close($process) === 0 || stop($output);
}

function stop(string $message): void
{
    fwrite(STDERR, "install.php: $message\n");
    exit(1);
}
