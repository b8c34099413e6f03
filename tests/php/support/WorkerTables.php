<?php

namespace DormouseTest;

/** The worker's tables that the plugin reads, as `dormouse migrate` makes them. */
final class WorkerTables
{
    private const COLUMNS = [
        'dormouse_scan' => 'id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, as_of date NOT NULL, state varchar(10) NOT NULL,
            cursor_term bigint NOT NULL DEFAULT 0, cursor_user bigint NOT NULL DEFAULT 0, levels int NOT NULL DEFAULT 0,
            rows_read bigint NOT NULL DEFAULT 0, sleepers int NOT NULL DEFAULT 0, added int NOT NULL DEFAULT 0, gone int NOT NULL DEFAULT 0,
            started_at bigint NOT NULL DEFAULT 0, ended_at bigint DEFAULT NULL, owner varchar(64) NOT NULL DEFAULT "", note varchar(191) NOT NULL DEFAULT ""',
        'dormouse_sleeper' => 'run_id bigint NOT NULL, user_id bigint NOT NULL, term_id bigint NOT NULL, lapse date NOT NULL,
            days int NOT NULL, key_id bigint NOT NULL DEFAULT 0, flags varchar(191) NOT NULL DEFAULT "",
            PRIMARY KEY (run_id, term_id, user_id), KEY page (run_id, term_id, days, user_id)',
        'dormouse_reminder' => 'id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint NOT NULL, term_id bigint NOT NULL,
            lapse date NOT NULL, stage varchar(10) NOT NULL, state varchar(12) NOT NULL, reason varchar(64) NOT NULL DEFAULT "",
            address_hash char(64) NOT NULL DEFAULT "", message_id varchar(191) NOT NULL DEFAULT "", subject varchar(191) NOT NULL DEFAULT "",
            epoch bigint NOT NULL DEFAULT 0, owner varchar(64) NOT NULL DEFAULT "", lease_until bigint DEFAULT NULL,
            attempts int NOT NULL DEFAULT 0, queue_id varchar(191) NOT NULL DEFAULT "", due_at bigint NOT NULL DEFAULT 0,
            sent_at bigint DEFAULT NULL, created_at bigint NOT NULL DEFAULT 0, updated_at bigint NOT NULL DEFAULT 0,
            UNIQUE KEY letter_once (user_id, term_id, lapse, stage), KEY state_time (state, updated_at), KEY person (user_id, sent_at)',
        'dormouse_suppression' => 'address_hash char(64) NOT NULL PRIMARY KEY, reason varchar(32) NOT NULL,
            note varchar(191) NOT NULL DEFAULT "", created_at bigint NOT NULL',
    ];

    public static function create(Site $site, string $prefix = 'wp_'): void
    {
        foreach (self::COLUMNS as $table => $columns) {
            $site->sql("CREATE TABLE IF NOT EXISTS $prefix$table ($columns) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        }
    }

    public static function drop(Site $site, string $prefix = 'wp_'): void
    {
        foreach (array_keys(self::COLUMNS) as $table) {
            $site->sql("DROP TABLE IF EXISTS $prefix$table");
        }
    }
}
