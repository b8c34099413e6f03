<?php

use DormouseTest\Process;
use DormouseTest\RedisServer;
use DormouseTest\Site;
use DormouseTest\WebServer;
use DormouseTest\WorkerTables;
use PHPUnit\Framework\TestCase;

/** The script of a level's screen in a real browser: buttons are pressed, and what the page shows then is read. */
final class LevelScriptTest extends TestCase
{
    /** Whoever looks is the administrator, with one session for all requests; then the script of the test runs. */
    private const VISITOR = '<?php add_action("init", static function () {
            $token = get_option("test_token");
            if (!$token) { $token = WP_Session_Tokens::get_instance(1)->create(time() + 3600); update_option("test_token", $token); }
            foreach (["auth" => AUTH_COOKIE, "logged_in" => LOGGED_IN_COOKIE] as $scheme => $cookie) {
                $_COOKIE[$cookie] = wp_generate_auth_cookie(1, time() + 3600, $scheme, $token); }
            wp_set_current_user(1); }, 0);
        add_action("admin_print_footer_scripts", static function () { echo "<script>", file_get_contents(ABSPATH . "press.js"), "</script>"; }, 999);';
    private const HELP = 'const find = (what) => document.querySelector(what);
        const until = (done) => new Promise((go) => { const t = setInterval(() => { if (done()) { clearInterval(t); go(); } }, 10); });
        const answer = (box) => find(box).querySelector(".dormouse-answer");
        const seen = []; const see = (text) => seen.push(text.trim());
        window.addEventListener("load", () => act().catch((e) => see("failed: " + e)).finally(() => {
            const out = document.createElement("pre"); out.id = "seen"; out.textContent = JSON.stringify(seen); document.body.append(out); }));';

    private static $site;
    private static $redis;
    private static $server;
    private static $level;

    public static function setUpBeforeClass(): void
    {
        if (Process::run(['which', 'chromium'])[0] !== 0) {
            self::markTestSkipped('there is no chromium here');
        }
        self::$redis = new RedisServer();
        $port = Process::free_port();
        self::$site = new Site(["--url=http://127.0.0.1:$port", '--define=MEMBER_LUXE_KEYS_PER_LEVEL=0', '--define=DORMOUSE_REDIS_PATH=' . self::$redis->socket]);
        self::$server = new WebServer(self::$site, [], $port);
        file_put_contents(self::$site->dir . '/wp-content/mu-plugins/visitor.php', self::VISITOR);
        WorkerTables::create(self::$site);
        self::$level = self::$site->run('$level = wp_insert_term("Course", "wpm-levels")["term_id"];
            foreach (["mlm_enabled" => "1", "mlm_email_1_subject" => "s", "mlm_email_1_body" => "b"] as $key => $value) { update_term_meta($level, $key, $value); }
            return $level;');
        WorkerTables::insert(self::$site, 'scan', ['id' => 1, 'state' => 'done', 'as_of' => '2026-11-20']);
        for ($n = 1; $n <= 25; $n++) {
            WorkerTables::insert(self::$site, 'sleeper', ['run_id' => 1, 'user_id' => 1000 + $n, 'term_id' => self::$level, 'days' => $n,
                'lapse' => gmdate('Y-m-d', gmmktime(0, 0, 0, 11, 20 - $n, 2026))]);
        }
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = self::$site = self::$redis = null;
    }

    public function test_button_shows_the_list_and_its_pages(): void
    {
        $seen = $this->act('find("[data-show]").click(); await until(() => find("[data-page]"));
            see(answer("[data-sleepers]").querySelector("p").textContent); see(String(document.querySelectorAll("[data-sleepers] tbody tr").length));
            find("[data-page=\"2\"]").click(); await until(() => answer("[data-sleepers]").textContent.includes("Page 2 of 2"));
            see(String(document.querySelectorAll("[data-sleepers] tbody tr").length)); see(String(find("[data-page=\"3\"]").disabled));');
        self::assertStringStartsWith('25 sleepers as of', $seen[0]);
        self::assertSame(['20', '5', 'true'], array_slice($seen, 1));
    }

    public function test_days_bound_the_list_and_enter_does_not_save_the_level(): void
    {
        $seen = $this->act('find("[data-from]").value = "2026-11-10"; find("[data-to]").value = "2026-11-12";
            const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
            find("[data-to]").dispatchEvent(enter); see(String(enter.defaultPrevented));
            await until(() => answer("[data-sleepers]").querySelector("tbody")); see(answer("[data-sleepers]").querySelector("p").textContent);');
        self::assertSame('true', $seen[0]);
        self::assertStringStartsWith('3 sleepers as of', $seen[1]);
    }

    public function test_test_letter_tells_its_job_and_leads_to_the_status(): void
    {
        self::$redis->cli('FLUSHALL');
        $seen = $this->act('const button = find("[data-test-letter=\"1\"]"); const said = () => button.closest("fieldset").querySelector(".dormouse-said.good");
            button.click(); see(String(button.disabled)); await until(said); await until(() => !button.disabled);
            see(said().textContent); see(said().querySelector("a").href); see(String(find("[data-test-letter=\"2\"]").disabled));');
        $job = self::$redis->jobs()[0];
        self::assertSame('true', $seen[0]);
        self::assertStringContainsString("On its way to admin@example.test as job {$job->id}", $seen[1]);
        self::assertStringEndsWith('tools.php?page=dormouse', $seen[2]);
        self::assertSame('true', $seen[3]);
    }

    public function test_what_was_typed_into_an_editor_is_saved_with_the_level(): void
    {
        $seen = $this->act('if (sessionStorage.getItem("sent")) { see(document.getElementById("mlm_email_3_body").value || "empty"); return; }
            await until(() => window.tinymce && tinymce.get("mlm_email_3_body") && tinymce.get("mlm_email_3_body").initialized);
            tinymce.get("mlm_email_3_body").setContent("<p>Dear <b>[user_name]</b></p>"); find("[name=mlm_email_3_subject]").value = "Last";
            find("[name=mlm_email_3_days]").value = "30"; sessionStorage.setItem("sent", "1");
            find("#edittag input[type=submit]").click(); await new Promise(() => {});');
        self::assertStringContainsString('Dear <b>[user_name]</b>', str_replace('strong>', 'b>', $seen[0]));
        $meta = self::$site->run('return \Dormouse\Letters\Level::load(' . self::$level . ');');
        self::assertSame(['Last', '30', '1', 's'], [$meta['mlm_email_3_subject'], $meta['mlm_email_3_days'], $meta['mlm_enabled'], $meta['mlm_email_1_subject']]);
        // WordPress' editor leaves paragraphs to wpautop().
        self::assertSame('Dear <b>[user_name]</b>', str_replace('strong>', 'b>', $meta['mlm_email_3_body']));
    }

    public function test_refusal_is_shown_as_text(): void
    {
        $seen = $this->act('dormouseLevel.sleepersNonce = "x"; find("[data-show]").click(); await until(() => find("[data-sleepers] .dormouse-said.bad"));
            see(find("[data-sleepers] .dormouse-said.bad").textContent);
            find("[data-sleepers]").dataset.sleepers = "999999"; dormouseLevel.sleepersNonce = ' . "'%NONCE%'" . '; find("[data-show]").click();
            await until(() => answer("[data-sleepers]").textContent.includes("level")); see(answer("[data-sleepers]").textContent);');
        self::assertSame(['The site did not answer. Reload the page and try again.', 'There is no such level.'], $seen);
    }

    /** @return string[] what the steps saw */
    private function act(string $steps): array
    {
        $steps = str_replace("'%NONCE%'", 'nonce', $steps);
        file_put_contents(self::$site->dir . '/press.js', '(() => { const nonce = window.dormouseLevel.sleepersNonce; const act = async () => {' . $steps . '};' . self::HELP . '})();');
        $profile = Process::temp_dir();
        $url = 'http://127.0.0.1:' . self::$server->port . '/wp-admin/term.php?taxonomy=wpm-levels&post_type=wpm-page&tag_ID=' . self::$level;
        [, $page] = Process::run(['timeout', '60', 'chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', "--user-data-dir=$profile",
            '--no-proxy-server', '--host-resolver-rules=MAP * 127.0.0.1', '--virtual-time-budget=20000', '--dump-dom', $url]);
        self::assertSame(1, preg_match('~<pre id="seen">(.*?)</pre>~s', $page, $found), $page);
        self::assertSame([], self::$site->complaints());
        return json_decode(html_entity_decode($found[1]), true);
    }
}
