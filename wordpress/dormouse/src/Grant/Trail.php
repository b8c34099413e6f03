<?php

namespace Dormouse\Grant;

use Dormouse\Database;
use Dormouse\Log;
use Dormouse\Ulid;

/**
 * The audit of one request: every step as a row of `{prefix}dormouse_grant_audit`, without tokens and codes of keys.
 *
 * Each note also tells the action `dormouse_grant_step` (step, external_id, request_id, detail).
 */
final class Trail
{
    /** @var string */
    public $request_id;
    /** @var string */
    private $external_id;

    public function __construct(string $external_id)
    {
        $this->request_id = Ulid::make((int) (microtime(true) * 1000));
        $this->external_id = $external_id;
    }

    /** A note that cannot be written stops no grant; the log is told. */
    public function note(string $step, array $detail = []): void
    {
        $json = (string) wp_json_encode((object) $detail);
        $sql = 'INSERT INTO ' . Schema::audit() . ' (request_id, external_id, step, detail, created_at) VALUES (%s, %s, %s, %s, %s)';
        $values = [$this->request_id, $this->external_id, $step, $json, gmdate('Y-m-d H:i:s')];
        if (Database::write(Schema::tables()[Schema::audit()], $sql, $values) !== 1) {
            Log::failure('grant ' . $this->external_id . ': the audit did not take "' . $step . '"');
        }
        do_action('dormouse_grant_step', $step, $this->external_id, $this->request_id, $detail);
    }

    /** For a step that was done by a request which died before it could say so. */
    public function note_missing(string $step, array $detail = []): void
    {
        $sql = 'SELECT id FROM ' . Schema::audit() . ' WHERE external_id = %s AND step = %s LIMIT 1';
        if (!Database::rows($sql, [$this->external_id, $step])) {
            $this->note($step, $detail);
        }
    }
}
