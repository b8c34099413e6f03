<?php

namespace Dormouse\Grant;

use Dormouse\Hooks\Listener;
use Dormouse\Log;

/**
 * Takes one grant from wherever it stands to an activated key. The caller holds the lock of the external_id and that
 * of the person.
 */
final class Steps
{
    /** More than any grant needs; a core that answers nonsense must not keep us here. */
    private const MOST = 8;
    private const INSERT_WAIT_S = 10;

    /** @var Request */
    private $request;
    /** @var array of the ledger */
    private $row;
    /** @var Trail */
    private $trail;
    /** @var Lock[] that must still be ours before the core is called */
    private $locks;
    /** @var int */
    private $user_id = 0;

    /** @param Lock[] $locks */
    public function __construct(Request $request, array $row, Trail $trail, array $locks)
    {
        $this->request = $request;
        $this->row = $row;
        $this->trail = $trail;
        $this->locks = $locks;
    }

    /** @return array the row, `granted` @throws Refusal */
    public function run(): array
    {
        $this->find_user();
        for ($step = 0; $step < self::MOST; $step++) {
            $key = $this->row['code'] === '' ? null : Core::key($this->row['code']);
            switch (Plan::next($this->row, $key, $this->user_id)) {
                case Plan::INSERT:
                    $this->with_insert_lock([$this, 'insert']);
                    break;
                case Plan::SEARCH:
                    $this->with_insert_lock([$this, 'search']);
                    break;
                case Plan::ACTIVATE:
                    $this->activate($key);
                    break;
                case Plan::TELL:
                    $this->tell();
                    break;
                case Plan::TELL_OWN:
                    Core::nobody_heard($key) ? $this->tell() : $this->tell_own();
                    break;
                case Plan::RECORD:
                    return $this->record($key);
                default:
                    throw new Refusal(
                        422,
                        'dormouse_key_withdrawn',
                        'the key of ' . $this->row['external_id'] . ' was banned, removed or given to somebody else before'
                            . ' it could be activated; look at it, then grant under a new external_id',
                        ['key_id' => (int) $this->row['key_id']]
                    );
            }
        }
        throw new Refusal(500, 'dormouse_core_odd', 'MemberLux does not show what it was asked to do; see the audit');
    }

    private function find_user(): void
    {
        $known = (int) $this->row['user_id'];
        if ($known > 0 && get_userdata($known)) {
            $this->user_id = $known;
            return;
        }
        $this->user_id = Person::find_or_create($this->request, $this->trail);
        $this->change(['user_id' => $this->user_id]);
    }

    /** Of all grants of the site one at a time, so that a key without an owner has one possible maker. */
    private function with_insert_lock(callable $do): void
    {
        $lock = Lock::take('insert', self::INSERT_WAIT_S);
        if ($lock === null) {
            throw Refusal::busy('another grant');
        }
        try {
            $do();
        } finally {
            $lock->release();
        }
    }

    private function insert(): void
    {
        $this->change(['state' => 'inserting', 'floor_id' => Core::last_key_id(), 'code' => '', 'told' => Plan::UNTOLD]);
        $this->trail->note('inserting', ['after' => (int) $this->row['floor_id']]);
        $this->need_locks();
        $code = Core::insert($this->request, function (string $code): void {
            Ledger::change($this->row, ['code' => $code]);
        });
        $this->trail->note('insert_called');
        // The core may have rolled its transaction back, and with it what we wrote inside.
        $this->row = Ledger::find($this->request->external_id) ?? $this->row;
        $key = Core::key($code);
        if ($key === null) {
            throw Refusal::unavailable('dormouse_insert_failed', 'MemberLux could not insert a key; send the same request again');
        }
        $this->adopt($code, $key);
    }

    private function search(): void
    {
        $begun = (int) strtotime($this->row['updated_at'] . ' UTC');
        $orphans = Core::orphans($this->request, (int) $this->row['floor_id'], $begun);
        if (count($orphans) === 1) {
            $this->trail->note('orphan_found');
            $this->adopt($orphans[0], (array) Core::key($orphans[0]));
            return;
        }
        // Several: they may be somebody's stock. A key more in there does less harm than one taken out of it.
        $this->trail->note('no_orphan', ['candidates' => count($orphans)]);
        $this->change(['floor_id' => null]);
    }

    private function adopt(string $code, array $key): void
    {
        $this->change(['code' => $code, 'key_id' => $key['id'], 'state' => 'inserted']);
        $this->trail->note('inserted', ['key_id' => $key['id']]);
    }

    /** A core that folds units or drops a flag must not decide how long somebody has access. */
    private function need_wanted(array $key): void
    {
        $same = $this->request->unlimited
            ? $key['unlimited']
            : !$key['unlimited'] && $key['duration'] === $this->request->duration && $key['units'] === $this->request->units;
        if (!$same) {
            throw new Refusal(500, 'dormouse_core_odd', "key {$key['id']} is not what MemberLux was asked for; it stays inactive");
        }
    }

    private function activate(array $key): void
    {
        $this->need_wanted($key);
        if (!Core::sees_all_keys($this->user_id)) {
            throw Refusal::unavailable(
                'dormouse_stale_process',
                'this PHP process remembers an older list of the user\'s keys and would lose a period; repeat in a new process'
            );
        }
        $this->change(['key_id' => $key['id'], 'state' => 'activating', 'activating' => 1]);
        $this->trail->note('activating', ['key_id' => $key['id']]);
        $this->need_locks();
        $this->watched(function (): void {
            wpm_update_user_key_dates($this->user_id, $this->row['code'], false, $this->source());
        });
        $this->trail->note('activated', ['key_id' => $key['id']]);
    }

    /** PHP died between the core's statement and its action: nobody has been told. */
    private function tell(): void
    {
        $this->trail->note('telling');
        $key = wpm_search_key_id($this->row['code']);
        $this->watched(function () use ($key): void {
            do_action(Core::ACTIVATION, $this->user_id, $key['term_id'], $this->row['code'], $key, $this->source());
        });
        // Also if the action was removed meanwhile.
        $this->change(['told' => Plan::TOLD]);
    }

    private function tell_own(): void
    {
        $this->trail->note('telling_own');
        $key = wpm_search_key_id($this->row['code']);
        Listener::occurred(Core::ACTIVATION, [$this->user_id, $key['term_id'], $this->row['code'], $key, $this->source()]);
        $this->change(['told' => Plan::TOLD]);
    }

    /** Writes down where the core's action begins and ends; a listener's exception is not the grant's. */
    private function watched(callable $call): void
    {
        $mark = function (int $told): callable {
            return function ($user_id, $term_id = null, $code = '') use ($told): void {
                if ($code === $this->row['code'] && (int) $this->row['told'] < $told) {
                    $this->change(['told' => $told]);
                }
            };
        };
        [$begins, $ends] = [$mark(Plan::TELLING), $mark(Plan::TOLD)];
        add_action(Core::ACTIVATION, $begins, PHP_INT_MIN, 3);
        add_action(Core::ACTIVATION, $ends, PHP_INT_MAX, 3);
        try {
            $call();
        } catch (Refusal $e) {
            throw $e;
        } catch (\Throwable $e) {
            $this->trail->note('listener_failed', ['class' => get_class($e), 'file' => basename($e->getFile()), 'line' => $e->getLine()]);
            Log::failure('grant ' . $this->row['external_id'] . ': a listener failed: ' . get_class($e));
        } finally {
            remove_action(Core::ACTIVATION, $begins, PHP_INT_MIN);
            remove_action(Core::ACTIVATION, $ends, PHP_INT_MAX);
        }
    }

    private function record(array $key): array
    {
        $this->change([
            'state' => 'granted',
            'key_id' => $key['id'],
            'date_start' => $key['date_start'],
            'date_end' => $key['date_end'],
            'error' => '',
        ]);
        $this->trail->note('granted', ['key_id' => $key['id'], 'date_start' => $key['date_start'], 'date_end' => $key['date_end']]);
        return $this->row;
    }

    private function need_locks(): void
    {
        foreach ($this->locks as $lock) {
            $lock->need();
        }
    }

    private function change(array $changes): void
    {
        $this->row = Ledger::change($this->row, $changes);
    }

    private function source(): string
    {
        return 'grant_bridge_' . $this->row['source'];
    }
}
