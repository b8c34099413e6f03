<?php

namespace Dormouse\Grant;

/**
 * A name that one database connection holds. It goes with the connection, so also when PHP is killed; several at once
 * need MySQL 5.7 or MariaDB 10.0.2.
 */
final class Lock
{
    /** @var string */
    private $name;

    private function __construct(string $name)
    {
        $this->name = $name;
    }

    /**
     * @param int $seconds how long to wait for it
     * @return self|null null: somebody else has it
     * @throws Refusal 503
     */
    public static function take(string $what, int $seconds): ?self
    {
        $lock = new self('dormouse_' . substr(hash('sha256', DB_NAME . '|' . Schema::grants() . '|' . $what), 0, 48));
        $rows = Sql::rows('SELECT GET_LOCK(%s, %d) AS got', [$lock->name, $seconds]);
        return (string) ($rows[0]['got'] ?? '') === '1' ? $lock : null;
    }

    /** wpdb connects anew without a word, and the new connection holds nothing. @throws Refusal 503 */
    public function need(): void
    {
        $rows = Sql::rows('SELECT IS_USED_LOCK(%s) = CONNECTION_ID() AS mine', [$this->name]);
        if ((string) ($rows[0]['mine'] ?? '') !== '1') {
            throw Refusal::database('the connection to the database was lost');
        }
    }

    public function release(): void
    {
        \Dormouse\Database::rows('SELECT RELEASE_LOCK(%s)', [$this->name]);
    }
}
