<?php

namespace Dormouse\Grant;

/** Another plugin may answer at `/mlgb/v1/grant`: then ours does not, and says so where an administrator looks. */
final class RouteOwner
{
    private const TEST = 'dormouse_grant';

    /** The folder of the plugin whose route it is, or the name of its function; null if it is ours or nobody's. */
    public static function other(): ?string
    {
        $server = rest_get_server();
        if (!in_array(Endpoint::NAMESPACE, $server->get_namespaces(), true)) {
            return null;
        }
        $path = '/' . Endpoint::NAMESPACE . Endpoint::ROUTE;
        foreach ($server->get_routes(Endpoint::NAMESPACE)[$path] ?? [] as $handler) {
            $callback = $handler['callback'] ?? null;
            if ($callback !== [Endpoint::class, 'post'] && $callback !== null) {
                return self::name($callback);
            }
        }
        return null;
    }

    public static function notice(): void
    {
        $screen = get_current_screen();
        if (!$screen || strpos($screen->id, 'dormouse') === false || self::other() === null) {
            return;
        }
        printf('<div class="notice notice-warning"><p>%s</p></div>', esc_html(self::text(self::other())));
    }

    /** @param array $tests of Site Health */
    public static function tests($tests): array
    {
        $tests['direct'][self::TEST] = ['label' => 'Dormouse: grant', 'test' => [self::class, 'health']];
        return $tests;
    }

    public static function health(): array
    {
        $other = self::other();
        return [
            'label' => $other === null
                ? __('Dormouse answers at the grant endpoint', 'dormouse')
                : __('Another plugin answers at the grant endpoint', 'dormouse'),
            'status' => $other === null ? 'good' : 'recommended',
            'badge' => ['label' => 'Dormouse', 'color' => $other === null ? 'blue' : 'red'],
            'description' => '<p>' . esc_html($other === null ? self::address() : self::text($other)) . '</p>',
            'actions' => '',
            'test' => self::TEST,
        ];
    }

    private static function text(string $other): string
    {
        return sprintf(
            /* translators: 1: address of a REST route, 2: name of a plugin */
            __('%1$s is served by %2$s, so Dormouse does not answer there. Deactivate that plugin if Dormouse shall grant access.', 'dormouse'),
            self::address(),
            $other
        );
    }

    private static function address(): string
    {
        return rest_url(Endpoint::NAMESPACE . Endpoint::ROUTE);
    }

    /** @param callable $callback */
    private static function name($callback): string
    {
        try {
            $function = new \ReflectionFunction(\Closure::fromCallable($callback));
        } catch (\Throwable $e) {
            return '?';
        }
        $file = plugin_basename((string) $function->getFileName());
        return strpos($file, '/') !== false && $file[0] !== '/' ? (string) strtok($file, '/') : $function->getName();
    }
}
