<?php

namespace Dormouse\Grant;

use Dormouse\Log;

/**
 * Grants access to a level, once per external_id.
 *
 *     $answer = \Dormouse\Grant\Granter::grant([
 *         'user' => ['email' => 'anna@example.com'],
 *         'grant' => ['term_id' => 15, 'duration' => 6, 'units' => 'months'],
 *         'external_id' => 'lead_789',
 *     ]);
 *
 * Takes as long as the core and its listeners take. May be called again at any time with the same words, also after PHP
 * died in the middle: what is missing is done, what is done stays. Not inside a transaction of the caller's: the core
 * commits it.
 */
final class Granter
{
    /** Seconds. Who asks for the same thing at the same time gets the first one's answer, or a 409. */
    private const WAIT_S = 3;
    /** Another grant to the same person: the periods follow one another, so the core must see one at a time. */
    private const PERSON_WAIT_S = 8;

    /**
     * @param array|Request $request see Request
     * @return array{user_id:int,term_id:int,key:string,date_start:?string,date_end:?string,external_id:string,status:string}
     *         `status` = granted or already_granted
     * @throws Refusal
     */
    public static function grant($request): array
    {
        $request = is_array($request) ? Request::read($request) : $request;
        $trail = new Trail($request->external_id);
        $trail->note('received', $request->facts() + ['source' => $request->source]);
        try {
            return self::known($request, $trail) ?? self::alone($request, $trail);
        } catch (Refusal $e) {
            $trail->note('refused', ['code' => $e->word, 'message' => $e->getMessage()]);
            throw $e;
        }
    }

    /** The answer, if the grant was made before. */
    private static function known(Request $request, Trail $trail): ?array
    {
        $row = Ledger::find($request->external_id);
        if ($row === null) {
            return null;
        }
        Ledger::need_same($row, $request);
        if ($row['state'] !== 'granted' || !$row['announced']) {
            return null;
        }
        $trail->note('repeated');
        return Ledger::answer($row) + ['status' => 'already_granted'];
    }

    private static function alone(Request $request, Trail $trail): array
    {
        $wait = max(0, (int) apply_filters('dormouse_grant_wait', self::WAIT_S));
        $lock = Lock::take('id ' . $request->external_id, $wait);
        if ($lock === null) {
            throw Refusal::busy('grant ' . $request->external_id);
        }
        try {
            return self::known($request, $trail) ?? self::make($request, $trail, $lock);
        } catch (Refusal $e) {
            self::remember($request, $e);
            throw $e;
        } finally {
            $lock->release();
        }
    }

    private static function make(Request $request, Trail $trail, Lock $lock): array
    {
        Core::need();
        Core::need_level($request->term_id);
        $row = Ledger::open($request, 'claimed');
        $trail->note('claimed', ['found' => $row['state']]);
        if ($row['state'] === 'granted') {
            $trail->note_missing('granted', ['key_id' => (int) $row['key_id']]);
            self::announce($row, $trail);
            return Ledger::answer($row) + ['status' => 'already_granted'];
        }
        $person = Lock::take('person ' . $request->email, self::PERSON_WAIT_S);
        if ($person === null) {
            throw Refusal::busy('another grant to this person');
        }
        try {
            $row = (new Steps($request, $row, $trail, [$lock, $person]))->run();
        } finally {
            $person->release();
        }
        self::announce($row, $trail);
        return Ledger::answer($row) + ['status' => 'granted'];
    }

    /** For those who ask how far it is: a passing trouble leaves the state. The caller holds the lock. */
    private static function remember(Request $request, Refusal $e): void
    {
        if ($e->status === 409 || in_array($e->word, [Refusal::OTHER_FACTS, Refusal::DATABASE], true)) {
            return;
        }
        $row = Ledger::find($request->external_id);
        if ($row !== null && $row['state'] !== 'granted') {
            Ledger::change($row, ['error' => $e->word] + ($e->is_passing() ? [] : ['state' => 'failed']));
        }
    }

    /**
     * Tells the action `dormouse_granted` (external_id, answer): at least once. PHP may die before it is known that all
     * have heard it, then the next repetition of the request tells it again.
     */
    private static function announce(array $row, Trail $trail): void
    {
        try {
            do_action('dormouse_granted', $row['external_id'], Ledger::answer($row) + ['source' => $row['source']]);
        } catch (\Throwable $e) {
            $trail->note('listener_failed', ['class' => get_class($e), 'file' => basename($e->getFile()), 'line' => $e->getLine()]);
            Log::failure('grant ' . $row['external_id'] . ': a listener of dormouse_granted failed: ' . get_class($e));
            return;
        }
        Ledger::change($row, ['announced' => 1]);
        $trail->note('announced');
    }
}
