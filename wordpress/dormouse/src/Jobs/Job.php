<?php

namespace Dormouse\Jobs;

use Dormouse\Client;
use Dormouse\Envelope;
use Dormouse\InvalidJob;

/**
 * A job of a known kind: its args are checked when it is made, its idempotency key is a function of them.
 *
 *     $id = WalletCharge::of([...])->then(Grant::of([...]))->enqueue();
 *
 * Making one throws InvalidJob with the name of the member; enqueue() never throws. A job never changes: with() and
 * then() return another.
 */
abstract class Job
{
    /** What a follower may say for itself; the rest comes from the first job's success. */
    private const FOLLOWER = ['queue', 'priority', 'timeout', 'max_attempts'];

    /** @var string */
    private $kind;
    /** @var array<string,mixed> */
    private $args;
    /** @var array<string,mixed> as Client::enqueue() takes them */
    private $options;
    /** @var Job|null the one that follows */
    private $next;

    protected function __construct(string $kind, array $args, string $key)
    {
        $this->kind = $kind;
        $this->args = $args;
        $this->options = ['key' => $key];
    }

    /**
     * @param array $options as of Client::enqueue(), without `key` and `then`
     * @return static
     * @throws InvalidJob
     */
    public function with(array $options): self
    {
        if (isset($options['key']) || isset($options['then'])) {
            throw new InvalidJob('the key comes from the facts of the job, and its follower from then()');
        }
        $job = clone $this;
        $job->options = $options + $job->options;
        return $job;
    }

    /**
     * The job that is enqueued when this one (or the last of its chain) has succeeded, and only then; at most four.
     *
     * @return static
     * @throws InvalidJob
     */
    public function then(Job $next): self
    {
        $job = clone $this;
        $job->next = $job->next === null ? $next : $job->next->then($next);
        if (count($job->chain()) > Envelope::LONGEST_CHAIN + 1) {
            throw new InvalidJob('then: at most ' . Envelope::LONGEST_CHAIN . ' jobs may follow one another');
        }
        foreach (array_slice($job->chain(), 1) as $follower) {
            $alien = array_diff(array_keys($follower->options), self::FOLLOWER, ['key']);
            if ($alien) {
                throw new InvalidJob('then: a job that follows another has no ' . implode(', ', $alien));
            }
        }
        return $job;
    }

    /** @return string|false the job's id, or false: Client::last_error() says why */
    public function enqueue()
    {
        return Client::enqueue(...$this->words());
    }

    public function kind(): string
    {
        return $this->kind;
    }

    /** @return array<string,mixed> */
    public function args(): array
    {
        return $this->args;
    }

    /** The idempotency key: same key, same effect, once. */
    public function key(): string
    {
        return $this->options['key'];
    }

    /** @return array{0:string,1:array,2:array} what Client::enqueue() and enqueue_all() take */
    public function words(): array
    {
        $options = $this->options;
        if ($this->next !== null) {
            $options['then'] = $this->next->as_follower();
        }
        return [$this->kind, $this->args, $options];
    }

    private function as_follower(): array
    {
        [$kind, $args, $options] = $this->words();
        return ['kind' => $kind, 'args' => $args] + $options;
    }

    /** @return Job[] this one first */
    private function chain(): array
    {
        return array_merge([$this], $this->next === null ? [] : $this->next->chain());
    }
}
