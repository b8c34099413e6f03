<?php

namespace Dormouse\Hooks;

use Dormouse\Database;

/**
 * `wpm_update_user_key_dates`: user, level (text from the database), code, key array, source (spec 1-domain 1.6).
 *
 * The dates are read again from the key's row: when `wpm_register_user` fires the action by hand it passes the row as
 * it was before.
 */
final class Activation extends Occurrence
{
    /** @var array<string,mixed> the key's row as it is now; what is not known is absent */
    private $row;

    public function __construct(array $args)
    {
        parent::__construct(Listener::ACTIVATION, $args + [0, null, '', [], '']);
        $this->row = $this->read_row();
    }

    /** Same activation, same fact; a renewal has another row or another end. */
    public function fact(): string
    {
        $key = isset($this->row['id'])
            ? 'k' . (int) $this->row['id']
            : 'c' . substr(hash('sha256', $this->code()), 0, 16);
        $parts = [$this->action, 'u' . (int) $this->args[0], 't' . (int) $this->args[1], $key];
        return implode(':', $parts) . ':' . ($this->date('date_end') ?? 'open');
    }

    public function payload(string $event, bool $module): array
    {
        $user_id = (int) $this->args[0];
        $payload = [
            'event' => $event,
            'user_id' => $user_id,
            'term_id' => $this->number($this->args[1]),
            'code' => $this->code(),
            'source' => (string) $this->args[4],
            'timestamp' => time(),
            'key' => $this->key(),
        ];
        return $module ? $payload + ['actions' => [$this->module_action($event, $user_id)]] : $payload;
    }

    private function key(): array
    {
        $row = $this->row;
        return [
            'id' => $this->number($row['id'] ?? null),
            'status' => isset($row['status']) ? (string) $row['status'] : null,
            'date_start' => $this->date('date_start'),
            'date_end' => $this->date('date_end'),
            'duration' => $this->number($row['duration'] ?? null),
            'units' => isset($row['units']) ? (string) $row['units'] : null,
            'is_unlimited' => !empty($row['is_unlimited']),
        ];
    }

    /** As the API module writes it (spec 1-domain 1.12), so that its receivers go on working. */
    private function module_action(string $event, int $user_id): array
    {
        $user = get_userdata($user_id);
        $term = get_term((int) $this->args[1]);
        $key = $this->key();
        $unlimited = $key['is_unlimited'];
        return [
            'type' => $event,
            'email' => $user ? $user->user_email : null,
            'first_name' => (string) get_user_meta($user_id, 'first_name', true),
            'last_name' => (string) get_user_meta($user_id, 'last_name', true),
            'surname' => (string) get_user_meta($user_id, 'surname', true),
            'phone' => (string) get_user_meta($user_id, 'phone', true),
            'key' => [
                'term_id' => $this->number($this->args[1]),
                'name' => $term instanceof \WP_Term ? $term->name : null,
                'is_unlimited' => $unlimited,
                'duration' => $unlimited ? null : $key['duration'],
                'units' => $unlimited ? null : $key['units'],
                'date_start' => $key['date_start'],
                'date_end' => $unlimited ? null : $key['date_end'],
            ],
        ];
    }

    private function code(): string
    {
        return is_scalar($this->args[2]) ? (string) $this->args[2] : '';
    }

    private function read_row(): array
    {
        global $wpdb;
        $key = is_array($this->args[3]) ? $this->args[3] : [];
        $given = isset($key['key_info']) ? (array) $key['key_info'] : [];
        $id = (int) ($key['item_id'] ?? $given['id'] ?? 0);
        if ($id <= 0) {
            return $given;
        }
        // All columns: is_unlimited does not exist on old sites.
        $rows = Database::rows("SELECT * FROM {$wpdb->prefix}memberlux_term_keys WHERE id = %d", [$id]);
        return $rows ? $rows[0] : ['id' => $id] + $given;
    }

    /** Y-m-d; null for the zero date and for what is no date. Rows have Y-m-d, the action's array d-m-Y. */
    private function date(string $column): ?string
    {
        $text = (string) ($this->row[$column] ?? '');
        if (preg_match('/\A(\d{2})-(\d{2})-(\d{4})\z/', $text, $found) === 1) {
            $text = $found[3] . '-' . $found[2] . '-' . $found[1];
        }
        return preg_match('/\A[1-9]\d{3}-\d{2}-\d{2}\z/', $text) === 1 ? $text : null;
    }

    /** @param mixed $value */
    private function number($value): ?int
    {
        return is_numeric($value) ? (int) $value : null;
    }
}
