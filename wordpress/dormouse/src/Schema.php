<?php

namespace Dormouse;

/** The plugin's own tables but the outbox, which has its own ways. */
final class Schema
{
    private const VERSION = '1';
    public const OPTION = 'dormouse_schema';

    /** @return array<string,string> CREATE TABLE statements by table, in the spelling dbDelta() wants */
    public static function tables(): array
    {
        return [
            Certificates\Ledger::table() => Certificates\Ledger::ddl(),
            Licence\Version::table() => Licence\Version::ddl(),
            Bundle\Steps::table() => Bundle\Steps::ddl(),
        ] + Grant\Schema::tables();
    }

    public static function install(): void
    {
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        dbDelta(array_values(self::tables()));
        update_option(self::OPTION, self::VERSION, false);
    }

    /** For `admin_init`: after an update of the plugin nobody activates it. */
    public static function keep_up(): void
    {
        if (get_option(self::OPTION) !== self::VERSION) {
            self::install();
        }
    }
}
