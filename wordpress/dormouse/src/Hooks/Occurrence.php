<?php

namespace Dormouse\Hooks;

use Dormouse\Ulid;

/**
 * Any action, known only by its name and arguments.
 *
 * Whether the same arguments tomorrow are the same fact cannot be known here, and losing a real event is worse than
 * sending one twice: the fact holds within one request only. A site that knows better uses the filter
 * `dormouse_hook_fact`.
 */
class Occurrence
{
    private const DEPTH = 4;
    private const MOST_ITEMS = 100;

    /** @var string */
    protected $action;
    /** @var array */
    protected $args;
    /** @var string|null one per request */
    private static $request;

    public function __construct(string $action, array $args)
    {
        $this->action = $action;
        $this->args = $args;
    }

    /** Text that is the same when, and only when, the same thing is told again. */
    public function fact(): string
    {
        self::$request = self::$request ?? Ulid::make((int) (microtime(true) * 1000));
        $args = (string) wp_json_encode(self::plain($this->args, self::DEPTH));
        return $this->action . ':' . substr(hash('sha256', $args), 0, 16) . ':' . self::$request;
    }

    /** @param bool $module the hook row has the API module's shape */
    public function payload(string $event, bool $module): array
    {
        return ['event' => $event, 'args' => self::plain($this->args, self::DEPTH), 'timestamp' => time()];
    }

    /**
     * Scalars and ids: objects are named, not written out, as they may hold secrets.
     *
     * @param mixed $value
     * @return mixed
     */
    private static function plain($value, int $depth)
    {
        if (is_scalar($value) || $value === null) {
            return is_float($value) && !is_finite($value) ? null : $value;
        }
        if (is_array($value)) {
            if ($depth === 0) {
                return [];
            }
            return array_map(static function ($item) use ($depth) {
                return self::plain($item, $depth - 1);
            }, array_slice($value, 0, self::MOST_ITEMS, true));
        }
        if (!is_object($value)) {
            return null;
        }
        $id = $value->ID ?? $value->term_id ?? $value->comment_ID ?? null;
        if ($id === null && is_callable([$value, 'get_id'])) {
            $id = $value->get_id();
        }
        return ['class' => get_class($value), 'id' => is_scalar($id) ? $id : null];
    }
}
