<?php

use PhpParser\Node;
use PhpParser\Node\Expr;
use PhpParser\Node\Scalar;
use PhpParser\NodeFinder;
use PhpParser\ParserFactory;
use PHPUnit\Framework\TestCase;

/** WordPress' habits, as far as reading the code can prove them: escaping, prepared SQL, nonce, capability, permission. */
final class HabitsTest extends TestCase
{
    private const PLUGIN = __DIR__ . '/../../wordpress/dormouse';
    /** What may be printed: functions that escape, that make a number, or that give fixed HTML. */
    private const ESCAPING = ['esc_html', 'esc_attr', 'esc_url', 'esc_textarea', 'esc_html__', 'esc_attr__', 'esc_html_x',
        'wp_kses', 'wp_kses_post', 'wp_json_encode', 'absint', 'intval', 'checked', 'selected', 'disabled', 'wp_nonce_field'];
    private const QUERIES = ['query', 'get_results', 'get_row', 'get_var', 'get_col'];

    public static function setUpBeforeClass(): void
    {
        require_once '/usr/share/php/PhpParser/autoload.php';
    }

    public static function files(): array
    {
        $out = [];
        foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(self::PLUGIN)) as $file) {
            if ($file->getExtension() === 'php') {
                $out[substr($file->getPathname(), strlen(self::PLUGIN) + 1)] = [$file->getPathname()];
            }
        }
        return $out;
    }

    /** @dataProvider files */
    public function test_file_keeps_the_habits(string $file): void
    {
        self::assertSame([], self::faults(file_get_contents($file)));
    }

    public function test_checker_sees_what_it_should(): void
    {
        $bad = [
            'echo $x;', 'echo "a $x";', 'print $x;', 'echo "a" . f($x);', 'printf("%s", $x);', 'printf($format, esc_html($x));',
            'echo __("text", "dormouse");', '?><b><?= $x ?></b><?php ',
            '$wpdb->query("DELETE FROM $x");', '$wpdb->get_results("SELECT 1 FROM {$wpdb->posts} WHERE a = " . $_GET["a"]);', '$wpdb->get_var($sql);',
            'class A { static function r() { add_action("admin_post_x", [self::class, "x"]); } static function x() { check_admin_referer("x"); } }',
            'class A { static function r() { add_action("wp_ajax_x", [self::class, "x"]); } static function x() { current_user_can("x"); } }',
            'class A { static function r() { add_action("wp_ajax_" . self::X, [self::class, "x"]); } static function x() { echo 1; } }',
            'add_action("admin_post_x", "x");', 'add_action("wp_ajax_nopriv_x", [self::class, "x"]);',
            'register_rest_route("a", "/b", ["callback" => "c"]);', 'register_rest_route("a", "/b", ["permission_callback" => "__return_true"]);',
            'function f() { $x = "a"; } echo $x;', 'function f() { echo $x; } $x = "a";', 'echo $_POST["a"];', 'f($_POST["a"]);',
        ];
        foreach ($bad as $code) {
            self::assertNotSame([], self::faults("<?php $code"), $code);
        }
        $good = [
            'echo "<b>";', 'echo esc_html($x), "a";', 'printf("%s %d", esc_html($x), (int) $y);', '$f = "<b>%s</b>"; printf($f, esc_attr($x));',
            'echo "a" . esc_html($x);', 'printf("%s", $a ? esc_html($x) : "");', '$c = checked($a, true, false); printf("%s", $c);',
            '$wpdb->query($wpdb->prepare($sql, $values));', '$wpdb->query($values ? $wpdb->prepare($sql, $values) : $sql);',
            '$wpdb->get_var("SELECT 1 FROM {$wpdb->posts}");',
            'class A { static function r() { add_action("admin_post_x", [self::class, "x"]); }
                static function x() { self::y(); } static function y() { check_admin_referer("x"); current_user_can("y"); } }',
            'f(wp_unslash($_POST["a"]));', 'isset($_POST["a"]);',
        ];
        foreach ($good as $code) {
            self::assertSame([], self::faults("<?php $code"), $code);
        }
    }

    /** @return string[] */
    private static function faults(string $code): array
    {
        $tree = (new ParserFactory())->create(ParserFactory::ONLY_PHP7)->parse($code);
        $faults = [];
        $say = static function (string $what, Node $node) use (&$faults): void {
            $faults[] = $what . ' in line ' . $node->getLine();
        };
        foreach ((new NodeFinder())->findInstanceOf($tree, Node\FunctionLike::class) as $function) {
            self::look([$function], $say);
        }
        self::look(self::outside($tree), $say);
        self::look_at_routes($tree, $say);
        self::look_at_handlers($tree, $say);
        return array_values(array_unique($faults));
    }

    /** @param Node[] $statements @return Node[] those that are neither class nor function */
    private static function outside(array $statements): array
    {
        $out = [];
        foreach ($statements as $statement) {
            if ($statement instanceof Node\Stmt\Namespace_) {
                $out = array_merge($out, self::outside($statement->stmts));
            } elseif (!$statement instanceof Node\Stmt\ClassLike && !$statement instanceof Node\Stmt\Function_) {
                $out[] = $statement;
            }
        }
        return $out;
    }

    /** @param Node[] $scope one function, or what is outside of all */
    private static function look(array $scope, callable $say): void
    {
        $finder = new NodeFinder();
        $safe = static function (?Node $value) use ($scope, $finder): bool {
            return self::is_safe($value, $scope, $finder);
        };
        foreach ($finder->find($scope, static function (Node $node): bool {
            return $node instanceof Node\Stmt\Echo_ || $node instanceof Expr\Print_ || $node instanceof Expr\FuncCall
                || $node instanceof Expr\MethodCall || $node instanceof Expr\ArrayDimFetch;
        }) as $node) {
            if ($node instanceof Node\Stmt\Echo_ && array_filter($node->exprs, $safe) !== $node->exprs
                || $node instanceof Expr\Print_ && !$safe($node->expr)
                || self::calls($node, ['printf', 'vprintf']) && !array_reduce($node->args, static function (bool $all, Node\Arg $arg) use ($safe): bool {
                    return $all && $safe($arg->value);
                }, true)) {
                $say('unescaped output', $node);
            }
            if ($node instanceof Expr\MethodCall && $node->name instanceof Node\Identifier && in_array($node->name->name, self::QUERIES, true)
                && $node->var instanceof Expr\Variable && $node->var->name === 'wpdb' && !self::is_prepared($node->args[0]->value)) {
                $say('unprepared SQL', $node);
            }
        }
        self::look_at_input($scope, $say);
    }

    /** $_GET, $_POST … only inside isset(), wp_unslash() or a comparison of names. */
    private static function look_at_input(array $scope, callable $say): void
    {
        $finder = new NodeFinder();
        $wrapped = [];
        foreach ($finder->find($scope, static function (Node $node): bool {
            return $node instanceof Expr\Isset_ || $node instanceof Expr\Empty_ || self::calls($node, ['wp_unslash', 'absint', 'sanitize_key']);
        }) as $node) {
            foreach ($finder->findInstanceOf([$node], Expr\Variable::class) as $variable) {
                $wrapped[spl_object_id($variable)] = true;
            }
        }
        foreach ($finder->findInstanceOf($scope, Expr\Variable::class) as $variable) {
            if (in_array($variable->name, ['_GET', '_POST', '_REQUEST', '_COOKIE'], true) && !isset($wrapped[spl_object_id($variable)])) {
                $say('raw input', $variable);
            }
        }
    }

    /** @param Node[] $scope where its assignments are looked for */
    private static function is_safe(?Node $value, array $scope, NodeFinder $finder): bool
    {
        $safe = static function (?Node $part) use ($scope, $finder): bool {
            return self::is_safe($part, $scope, $finder);
        };
        if ($value instanceof Scalar && !$value instanceof Scalar\Encapsed || $value instanceof Expr\Cast\Int_ || $value instanceof Expr\Cast\Double
            || $value instanceof Expr\ClassConstFetch || self::calls($value, self::ESCAPING)) {
            return true;
        }
        if ($value instanceof Expr\BinaryOp\Concat) {
            return $safe($value->left) && $safe($value->right);
        }
        if ($value instanceof Expr\Ternary) {
            return $safe($value->if) && $safe($value->else);
        }
        if ($value instanceof Expr\Variable) {
            $values = $finder->find($scope, static function (Node $node) use ($value): bool {
                return $node instanceof Expr\Assign && $node->var instanceof Expr\Variable && $node->var->name === $value->name;
            });
            return $values !== [] && array_filter($values, static function (Expr\Assign $given) use ($safe): bool {
                return $safe($given->expr);
            }) === $values;
        }
        return false;
    }

    /** Through prepare(), or text in which only $wpdb's own table names stand. */
    private static function is_prepared(Node $sql): bool
    {
        if ($sql instanceof Expr\Ternary) {
            // Without values there is nothing to prepare: Database.php alone does that.
            return $sql->if !== null && self::is_prepared($sql->if) && ($sql->else instanceof Expr\Variable || self::is_prepared($sql->else));
        }
        if ($sql instanceof Expr\MethodCall && $sql->name instanceof Node\Identifier) {
            return $sql->name->name === 'prepare';
        }
        if ($sql instanceof Expr\BinaryOp\Concat) {
            return self::is_prepared($sql->left) && self::is_prepared($sql->right);
        }
        if ($sql instanceof Scalar\Encapsed) {
            return array_filter($sql->parts, [self::class, 'is_prepared']) === $sql->parts;
        }
        return $sql instanceof Scalar\String_ || $sql instanceof Scalar\EncapsedStringPart
            || $sql instanceof Expr\PropertyFetch && $sql->var instanceof Expr\Variable && $sql->var->name === 'wpdb';
    }

    /** @param Node[] $tree */
    private static function look_at_routes(array $tree, callable $say): void
    {
        $finder = new NodeFinder();
        foreach ($finder->find($tree, static function (Node $node): bool {
            return self::calls($node, ['register_rest_route']);
        }) as $call) {
            $guards = array_filter($finder->findInstanceOf([$call->args[2] ?? $call], Expr\ArrayItem::class), static function (Expr\ArrayItem $item): bool {
                return $item->key instanceof Scalar\String_ && $item->key->value === 'permission_callback'
                    && !($item->value instanceof Scalar\String_ && $item->value->value === '__return_true');
            });
            $guards || $say('route without a permission', $call);
        }
    }

    /** @param Node[] $tree */
    private static function look_at_handlers(array $tree, callable $say): void
    {
        $finder = new NodeFinder();
        $methods = [];
        foreach ($finder->findInstanceOf($tree, Node\Stmt\ClassMethod::class) as $method) {
            $methods[$method->name->name] = $method;
        }
        foreach ($finder->find($tree, static function (Node $node): bool {
            return self::calls($node, ['add_action']);
        }) as $call) {
            $strings = $finder->findInstanceOf([$call->args[0]], Scalar\String_::class);
            if (!$strings || preg_match('/^(admin_post|wp_ajax)_/', $strings[0]->value) !== 1) {
                continue;
            }
            $handler = $call->args[1]->value;
            $name = $handler instanceof Expr\Array_ && $handler->items[1]->value instanceof Scalar\String_ ? $handler->items[1]->value->value : '';
            $called = isset($methods[$name]) ? self::called_from($methods[$name], $methods, [$name => true]) : [];
            if (!array_intersect(['check_admin_referer', 'check_ajax_referer', 'wp_verify_nonce'], $called) || !in_array('current_user_can', $called, true)) {
                $say('handler without nonce or capability', $call);
            }
        }
    }

    /** @return string[] functions that a method calls, also through methods of the same class */
    private static function called_from(Node $method, array $methods, array $seen): array
    {
        $out = [];
        foreach ((new NodeFinder())->find([$method], static function (Node $node): bool {
            return $node instanceof Expr\FuncCall || $node instanceof Expr\StaticCall;
        }) as $call) {
            $name = $call->name instanceof Node\Name ? $call->name->toString() : ($call->name instanceof Node\Identifier ? $call->name->name : '');
            if ($call instanceof Expr\FuncCall) {
                $out[] = $name;
            } elseif (isset($methods[$name]) && !isset($seen[$name])) {
                $seen[$name] = true;
                $out = array_merge($out, self::called_from($methods[$name], $methods, $seen));
            }
        }
        return $out;
    }

    private static function calls(?Node $node, array $functions): bool
    {
        return $node instanceof Expr\FuncCall && $node->name instanceof Node\Name && in_array($node->name->getLast(), $functions, true);
    }
}
