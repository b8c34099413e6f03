<?php

use PhpParser\Node;
use PhpParser\NodeFinder;
use PhpParser\ParserFactory;
use PHPUnit\Framework\TestCase;

/** The plugin promises PHP 7.4 and WordPress 6.1; the PHP here is newer, so what 7.4 does not know is looked for. */
final class SyntaxTest extends TestCase
{
    private const PLUGIN = __DIR__ . '/../../wordpress/dormouse';
    /** Functions of PHP 8 that WordPress 6.1 does not bring along. */
    private const NEW_FUNCTIONS = ['get_debug_type', 'get_resource_id', 'fdiv', 'preg_last_error_msg', 'array_is_list', 'enum_exists'];

    public static function files(): array
    {
        $roots = [self::PLUGIN, __DIR__ . '/../standins', __DIR__ . '/../support/wordpress', __DIR__, __DIR__ . '/../golden'];
        $out = [];
        foreach ($roots as $root) {
            foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($root)) as $file) {
                if ($file->getExtension() === 'php') {
                    $out[basename($root) . substr($file->getPathname(), strlen($root))] = [$file->getPathname()];
                }
            }
        }
        return $out;
    }

    public static function plugin_files(): array
    {
        return array_filter(self::files(), static function (array $file): bool {
            return strncmp($file[0], self::PLUGIN, strlen(self::PLUGIN)) === 0;
        });
    }

    /** @dataProvider files */
    public function test_file_compiles_and_is_short(string $file): void
    {
        exec('php -l ' . escapeshellarg($file) . ' 2>&1', $output, $code);
        self::assertSame(0, $code, implode("\n", $output));
        self::assertLessThan(400, count(file($file)));
        self::assertStringNotContainsString("\t", file_get_contents($file));
    }

    /** @dataProvider plugin_files */
    public function test_plugin_file_uses_nothing_newer_than_php_7_4(string $file): void
    {
        require_once '/usr/share/php/PhpParser/autoload.php';
        $tree = (new ParserFactory())->create(ParserFactory::ONLY_PHP7)->parse(file_get_contents($file));
        $newer = (new NodeFinder())->find($tree, static function (Node $node): bool {
            return self::is_newer($node);
        });
        self::assertSame([], array_map(static function (Node $node): string {
            return get_class($node) . ' in line ' . $node->getLine();
        }, $newer));
    }

    private static function is_newer(Node $node): bool
    {
        foreach ([Node\UnionType::class, Node\IntersectionType::class, Node\Expr\Match_::class, Node\AttributeGroup::class,
            Node\Expr\NullsafeMethodCall::class, Node\Expr\NullsafePropertyFetch::class, Node\Stmt\Enum_::class,
            Node\Expr\Throw_::class, Node\VariadicPlaceholder::class] as $class) {
            if ($node instanceof $class) {
                return true;
            }
        }
        if ($node instanceof Node\Identifier && in_array($node->name, ['mixed', 'never', 'false', 'null'], true)) {
            // As a type; names of constants and methods are no Identifier of these words here.
            return true;
        }
        return $node instanceof Node\Arg && $node->name !== null
            || $node instanceof Node\Param && $node->flags !== 0
            || $node instanceof Node\Stmt\Catch_ && $node->var === null
            || $node instanceof Node\FunctionLike && $node->getReturnType() instanceof Node\Name
                && $node->getReturnType()->toLowerString() === 'static'
            || $node instanceof Node\Expr\FuncCall && $node->name instanceof Node\Name
                && in_array($node->name->toLowerString(), self::NEW_FUNCTIONS, true);
    }

    public function test_checker_sees_newer_syntax(): void
    {
        require_once '/usr/share/php/PhpParser/autoload.php';
        $newer = ['fn(int|string $a) => 1;', 'match(1) { default => 2 };', '$a?->b;', '$a?->b();', 'f(name: 1);',
            'class A { function __construct(private int $x) {} }', 'try {} catch (E) {}', 'function f(): static {}',
            'function f(mixed $a) {}', '$x = $y ?? throw new E();', '#[A] class B {}', 'array_is_list([]);', 'enum E {}'];
        foreach ($newer as $code) {
            $tree = (new ParserFactory())->create(ParserFactory::ONLY_PHP7)->parse("<?php $code");
            self::assertNotNull((new NodeFinder())->findFirst($tree, static function (Node $node): bool {
                return self::is_newer($node);
            }), $code);
        }
    }

    public function test_no_secret_option_and_no_debugging_is_left_in_the_plugin(): void
    {
        foreach (self::plugin_files() as $name => $file) {
            $text = file_get_contents($file[0]);
            self::assertSame(0, preg_match('/\b(var_dump|print_r|dd|eval|unserialize|TODO|FIXME)\b/', $text), $name);
        }
    }

    public function test_header_and_version_agree(): void
    {
        $text = file_get_contents(self::PLUGIN . '/dormouse.php');
        self::assertMatchesRegularExpression('/Requires at least: 6\.1\n.*Requires PHP:\s+7\.4\n/s', $text);
        preg_match('/Version:\s+(\S+)/', $text, $header);
        preg_match("/const VERSION = '([^']+)'/", $text, $constant);
        self::assertSame($header[1], $constant[1]);
    }
}
