<?php

namespace Dormouse\Grant;

use Dormouse\Client;
use Dormouse\Settings;
use Dormouse\Ulid;

/** Grants that the worker makes later: the caller gets a job id and an address to ask at. */
final class Async
{
    public static function is_wanted(\WP_REST_Request $http, Request $request): bool
    {
        $preferences = array_map('trim', explode(',', strtolower((string) $http->get_header('Prefer'))));
        if (in_array('respond-async', $preferences, true)) {
            return true;
        }
        return Settings::grant_async() && !Access::is_worker($http, $request->job()->key());
    }

    /**
     * Repeated, it is the same job: what was stored before PHP died is stored again under the same id.
     *
     * @return array{status:string,external_id:string} queued, or already_granted with the grant
     * @throws Refusal
     */
    public static function enqueue(Request $request): array
    {
        $trail = new Trail($request->external_id);
        $trail->note('received', $request->facts() + ['source' => $request->source, 'async' => true]);
        try {
            return self::store($request, $trail);
        } catch (Refusal $e) {
            $trail->note('refused', ['code' => $e->word, 'message' => $e->getMessage()]);
            throw $e;
        }
    }

    /** @return array what `GET /grant/<id>` says */
    public static function status(array $row): array
    {
        $out = ['external_id' => $row['external_id']];
        if ($row['job_id'] !== '') {
            $out['job_id'] = $row['job_id'];
        }
        if ($row['state'] === 'granted') {
            return Ledger::answer($row) + $out + ['status' => 'granted'];
        }
        $out['status'] = in_array($row['state'], ['queued', 'failed'], true) ? $row['state'] : 'in_progress';
        return $row['error'] === '' ? $out : $out + ['error' => $row['error']];
    }

    private static function store(Request $request, Trail $trail): array
    {
        Core::need();
        $row = Ledger::find($request->external_id);
        if ($row !== null) {
            Ledger::need_same($row, $request);
            if ($row['state'] === 'granted') {
                $trail->note('repeated');
                return Ledger::answer($row) + ['status' => 'already_granted'];
            }
        }
        Core::need_level($request->term_id);
        $job_id = self::job_id(Ledger::open($request, 'queued'));
        if ($request->job()->with(['id' => $job_id])->enqueue() === false) {
            throw Refusal::unavailable('dormouse_queue_unavailable', 'the job could not be stored: ' . Client::last_error());
        }
        $trail->note('queued', ['job_id' => $job_id]);
        return [
            'status' => 'queued',
            'job_id' => $job_id,
            'external_id' => $request->external_id,
            'status_url' => rest_url(Endpoint::NAMESPACE . Endpoint::ROUTE . '/' . $request->external_id),
        ];
    }

    /** Written down before the job is stored; a grant that failed gets a job of its own. */
    private static function job_id(array $row): string
    {
        $new = Ulid::make((int) (microtime(true) * 1000));
        if ($row['state'] === 'failed') {
            return Ledger::change($row, ['state' => 'queued', 'job_id' => $new])['job_id'];
        }
        return $row['job_id'] !== '' ? $row['job_id'] : Ledger::give_job($row, $new);
    }
}
