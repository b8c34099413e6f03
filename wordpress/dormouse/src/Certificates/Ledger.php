<?php

namespace Dormouse\Certificates;

use Dormouse\Database;
use Dormouse\Log;

/**
 * `{prefix}dormouse_certificate`: how each certificate came about.
 *
 * The certificates' own table does not tell (spec 1-domain 1.11): an automatic one is issued inside the activation of a
 * key, one given by a person is not. That is known only while it happens, so it is written down then. Older
 * certificates have no row.
 */
final class Ledger
{
    public const AUTO = 'AUTO';
    public const MANUAL = 'MANUAL';
    public const ISSUED = 'mbl_certificate_issued';
    /** Before all who want to know. */
    private const PRIORITY = 5;

    public static function listen(): void
    {
        add_action(self::ISSUED, [self::class, 'issued'], self::PRIORITY, 2);
    }

    public static function table(): string
    {
        return Database::table('certificate');
    }

    public static function ddl(): string
    {
        global $wpdb;
        return 'CREATE TABLE ' . self::table() . ' (
  certificate_id bigint(20) unsigned NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  term_id bigint(20) unsigned NOT NULL,
  how varchar(6) NOT NULL,
  created_at datetime NOT NULL,
  PRIMARY KEY  (certificate_id),
  KEY term_user (term_id,user_id)
) ' . $wpdb->get_charset_collate();
    }

    /**
     * Never throws: whoever issues a certificate has nothing to do with us.
     *
     * @param mixed $user_id
     * @param mixed $certificate_id 0 when the certificate could not be stored
     */
    public static function issued($user_id = 0, $certificate_id = 0): void
    {
        try {
            $id = self::id($certificate_id);
            if ($id > 0 && self::write($id, self::id($user_id)) === false) {
                Log::failure('certificate ' . $id . ': its row could not be written');
            }
        } catch (\Throwable $e) {
            Log::failure('certificate: ' . get_class($e) . ': ' . $e->getMessage());
        }
    }

    /** AUTO or MANUAL as written when it was issued; null = not written. */
    public static function how(int $certificate_id): ?string
    {
        $rows = Database::rows('SELECT how FROM ' . self::table() . ' WHERE certificate_id = %d', [$certificate_id]);
        return $rows ? (string) $rows[0]['how'] : null;
    }

    /** What a certificate is that is being issued now. */
    public static function how_now(): string
    {
        return doing_action('wpm_update_user_key_dates') ? self::AUTO : self::MANUAL;
    }

    /** The level it is for; 0 = not known. */
    public static function level(int $certificate_id): int
    {
        try {
            $known = class_exists('Certificate', false) && is_callable(['Certificate', 'getCertificate']);
            return $known ? self::id(\Certificate::getCertificate($certificate_id)->wpmlevel_id ?? 0) : 0;
        } catch (\Throwable $missing) {
            return 0;
        }
    }

    /** What was written first stays: told again outside the activation, it would look as if a person had given it. */
    private static function write(int $certificate_id, int $user_id)
    {
        return Database::write(
            self::ddl(),
            'INSERT IGNORE INTO ' . self::table() . ' (certificate_id, user_id, term_id, how, created_at)'
            . ' VALUES (%d, %d, %d, %s, %s)',
            [$certificate_id, $user_id, self::level($certificate_id), self::how_now(), gmdate('Y-m-d H:i:s')]
        );
    }

    /** @param mixed $value */
    private static function id($value): int
    {
        return is_numeric($value) ? max(0, (int) $value) : 0;
    }
}
