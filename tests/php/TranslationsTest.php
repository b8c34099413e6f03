<?php

use DormouseTest\Process;
use DormouseTest\Site;
use PHPUnit\Framework\TestCase;

/** Russian and German are complete; scripts/translations tells when they are not. */
final class TranslationsTest extends TestCase
{
    private const ROOT = __DIR__ . '/../..';

    public function test_every_text_of_the_plugin_is_translated_and_compiled(): void
    {
        [$code, $output] = Process::run([self::ROOT . '/scripts/translations', '--check']);
        self::assertSame(0, $code, $output);
    }

    public function test_wordpress_reads_them_and_every_place_is_kept(): void
    {
        $site = new Site(['--plugins=dormouse']);
        foreach (['ru_RU', 'de_DE'] as $language) {
            $texts = $site->run('unload_textdomain("dormouse");
                load_textdomain("dormouse", WP_PLUGIN_DIR . "/dormouse/languages/dormouse-' . $language . '.mo");
                return array_map(static function ($entry) { return $entry->translations; }, $GLOBALS["l10n"]["dormouse"]->entries);');
            self::assertGreaterThan(140, count($texts));
            foreach ($texts as $text => $translations) {
                foreach ($translations as $translation) {
                    self::assertSame(self::places($text), self::places($translation), $text);
                }
            }
        }
        self::assertSame('Verbindung testen', $site->run('switch_to_locale("de_DE"); unload_textdomain("dormouse");
            load_textdomain("dormouse", WP_PLUGIN_DIR . "/dormouse/languages/dormouse-de_DE.mo"); return __("Test connection", "dormouse");'));
    }

    public function test_new_text_and_changed_place_fail_the_check(): void
    {
        $copy = Process::temp_dir();
        exec('mkdir -p ' . escapeshellarg("$copy/scripts") . ' ' . escapeshellarg("$copy/wordpress"));
        copy(self::ROOT . '/scripts/translations', "$copy/scripts/translations");
        exec('cp -r ' . escapeshellarg(self::ROOT . '/wordpress/dormouse') . ' ' . escapeshellarg("$copy/wordpress/"));
        $check = ['bash', "$copy/scripts/translations", '--check'];
        self::assertSame(0, Process::run($check)[0]);

        file_put_contents("$copy/wordpress/dormouse/src/More.php", "<?php echo esc_html__('A dormouse sleeps.', 'dormouse');");
        [$code, $output] = Process::run($check);
        self::assertNotSame(0, $code);
        self::assertStringContainsString('A dormouse sleeps.', $output);
        unlink("$copy/wordpress/dormouse/src/More.php");

        $po = "$copy/wordpress/dormouse/languages/dormouse-de_DE.po";
        file_put_contents($po, str_replace('Jobs gehen an %s.', 'Jobs gehen an %d.', file_get_contents($po)));
        [$code, $output] = Process::run($check);
        self::assertNotSame(0, $code);
        self::assertStringContainsString("'msgid' and 'msgstr'", $output);
    }

    /** @return string[] of sprintf() */
    private static function places(string $text): array
    {
        preg_match_all('/%(?:\d\$)?[ds]/', $text, $found);
        sort($found[0]);
        return $found[0];
    }
}
