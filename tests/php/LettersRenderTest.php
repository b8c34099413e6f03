<?php

use DormouseTest\Site;
use DormouseTest\WebServer;
use PHPUnit\Framework\TestCase;

/** `POST /dormouse/v1/render`: a stored letter becomes the one that is sent. */
final class LettersRenderTest extends TestCase
{
    private const KEY = 'companion-key-of-the-tests';
    /** A student, a level and the question. */
    private const SCENE = '
        $user = wp_insert_user(["user_login" => "anna" . wp_rand(), "user_email" => "anna" . wp_rand() . "@example.test", "user_pass" => "x",
            "display_name" => "Анна & Co", "role" => $GLOBALS["role"] ?? "customer"]);
        $level = wp_insert_term("Course \"A\" & B " . wp_rand(), "wpm-levels")["term_id"];
        $ask = static function (array $letter = [], ?string $key = "companion-key-of-the-tests") use ($user, $level) {
            $request = new WP_REST_Request("POST", "/dormouse/v1/render");
            $request->set_header("Content-Type", "application/json");
            $key === null || $request->set_header("X-Dormouse-Key", $key);
            $request->set_body(json_encode($letter + ["v" => 1, "user_id" => $user, "term_id" => $level, "stage" => "1", "lapse" => "2026-11-01",
                "subject" => "Subject", "body" => "Body"]));
            $response = rest_do_request($request);
            return [$response->get_status(), $response->get_data()]; };';

    private static $site;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site();
        self::$site->define(['DORMOUSE_COMPANION_KEY' => self::KEY]);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = null;
    }

    protected function assertPostConditions(): void
    {
        self::assertSame([], self::$site->complaints());
    }

    /** @return mixed what the statements return after the scene */
    private static function scene(string $php, array $defines = [])
    {
        return self::$site->run(self::SCENE . $php, $defines);
    }

    public function test_every_shortcode_is_replaced_and_escaped_in_html_but_not_in_the_subject(): void
    {
        $all = '[user_email]|[user_login]|[user_name]|[course_name]|[expired_date]|[is_bundle_course]|[bundle_name]|[other]';
        [[$status, $letter], $login, $email, $name] = self::scene('
            update_option("date_format", "j F Y");
            $answer = $ask(["subject" => "' . $all . '", "body" => "' . $all . '"]);
            $data = get_userdata($user);
            return [$answer, $data->user_login, $data->user_email, html_entity_decode(get_term($level)->name, ENT_QUOTES)];');
        self::assertSame(200, $status);
        self::assertStringStartsWith('Course "A" & B ', $name);
        self::assertSame("$email|$login|Анна & Co|" . $name . '|1 November 2026|no||[other]', $letter['subject']);
        // The core makes addresses clickable in its mails, so they are here.
        self::assertSame("<p><a href=\"mailto:$email\">$email</a>|$login|Анна &amp; Co|" . htmlspecialchars($name, ENT_QUOTES)
            . "|1 November 2026|no||[other]</p>\n", $letter['html']);
        self::assertSame([1, ''], [$letter['v'], $letter['unsubscribe']]);
    }

    public function test_what_a_student_calls_himself_is_neither_html_nor_a_shortcode(): void
    {
        foreach (['customer', 'subscriber'] as $role) {
            [, $letter] = self::scene('wp_update_user(["ID" => $user, "display_name" => "[user_email] [auth_link] <script>alert(1)</script>"]);
                return $ask(["subject" => "For [user_name]", "body" => "Dear [user_name], [user_login]"]);', ['role' => $role]);
            self::assertStringContainsString('Dear &#91;user_email&#93; &#91;auth_link&#93;, anna', $letter['html']);
            self::assertStringStartsWith('For [user_email] [auth_link]', $letter['subject']);
        }
        // WordPress cleans names on their way in; a row written past it is met, too.
        [, $letter] = self::scene('global $wpdb; $wpdb->update($wpdb->users, ["display_name" => "<img src=x onerror=alert(1)>\'\"&amp;"], ["ID" => $user]);
            clean_user_cache($user); return $ask(["subject" => "For [user_name]", "body" => "<b title=\'[user_name]\'>x</b>"]);');
        self::assertStringContainsString("title='&lt;img src=x onerror=alert(1)&gt;&#039;&quot;&amp;'", $letter['html']);
        self::assertSame("For '\"&", $letter['subject']);
    }

    public function test_filter_of_the_core_gets_message_user_and_values_without_brackets_and_has_the_last_word(): void
    {
        [[, $letter], $seen, $user] = self::scene('$seen = [];
            add_filter("wpm_user_mail_shortcode_replacement", static function (...$args) use (&$seen) { $seen = $args; return "<p>of the filter</p>"; }, 5, 9);
            return [$ask(["body" => "Hello [user_login] [link]"]), $seen, $user];');
        self::assertCount(3, $seen);
        self::assertMatchesRegularExpression('/\AHello anna\d+ \[link\]\z/', $seen[0]);
        self::assertSame($user, $seen[1]);
        self::assertSame(['user_email', 'user_login', 'user_name', 'course_name', 'expired_date', 'is_bundle_course', 'bundle_name'], array_keys($seen[2]));
        self::assertSame('Анна &amp; Co', $seen[2]['user_name']);
        self::assertSame("<p>of the filter</p>\n", $letter['html']);
    }

    public function test_the_cores_own_shortcodes_work_for_customers(): void
    {
        [, $letter] = self::scene('return $ask(["body" => "Enter: [auth_link]"]);');
        self::assertMatchesRegularExpression('~Enter: <a href="http[^"]+wp-login\.php"~', $letter['html']);
    }

    public function test_body_gets_paragraphs_and_keeps_its_html_and_backslashes(): void
    {
        [, $letter] = self::scene('return $ask(["body" => "One\nline\n\n<a href=\"https://example.test/?a=1&amp;b=2\">Two</a> C:\\\\new"]);');
        self::assertSame("<p>One<br />\nline</p>\n<p><a href=\"https://example.test/?a=1&amp;b=2\">Two</a> C:\\new</p>\n", $letter['html']);
    }

    public function test_subject_is_one_line_without_tags(): void
    {
        [, $letter] = self::scene('global $wpdb; $wpdb->update($wpdb->users, ["display_name" => "Eve\r\nBcc: all@example.test"], ["ID" => $user]);
            clean_user_cache($user); return $ask(["subject" => " <b>Hi</b>\r\nX-Evil: 1 [user_name]\u{2028}\u{85}\t 5 < 6 "]);');
        self::assertSame('Hi X-Evil: 1 Eve Bcc: all@example.test 5 < 6', preg_replace('/ +/', ' ', $letter['subject']));
        self::assertDoesNotMatchRegularExpression('/[\x00-\x1f]/', $letter['subject']);
    }

    public static function zones(): array
    {
        return [['Europe/Moscow'], ['America/New_York'], ['Pacific/Kiritimati'], ['Pacific/Pago_Pago']];
    }

    /** @dataProvider zones */
    public function test_lapse_is_the_same_day_in_every_zone(string $zone): void
    {
        [, $letter] = self::scene('update_option("timezone_string", "' . $zone . '"); update_option("date_format", "d.m.Y");
            return $ask(["subject" => "[expired_date]"]);');
        self::assertSame('01.11.2026', $letter['subject']);
    }

    public function test_level_of_the_students_bundle_is_told_with_the_bundles_name(): void
    {
        $php = 'register_post_type("ml_program");
            $program = wp_insert_post(["post_type" => "ml_program", "post_status" => "publish", "post_title" => "Bundle \"One\" & more"]);
            update_post_meta($program, "mlp_steps", [["term_id" => %s, "duration" => 1, "units" => "month"]]);
            update_user_meta($user, "mlp_program_id", $program);
            return $ask(["subject" => "[is_bundle_course]: [bundle_name]", "body" => "[bundle_name]"])[1];';
        $letter = self::scene(sprintf($php, '$level'));
        self::assertSame('yes: Bundle "One" & more', $letter['subject']);
        self::assertSame("<p>Bundle &quot;One&quot; &amp; more</p>\n", $letter['html']);
        self::assertSame('no:', self::scene(sprintf(str_replace('"[bundle_name]"]', '"x"]', $php), '999999'))['subject']);
    }

    public function test_site_may_add_values_of_its_own(): void
    {
        [, $letter] = self::scene('add_filter("dormouse_letter_values", static function ($values, $user, $level, $lapse) {
            return ["user_name" => "Mrs " . $values["user_name"], "when" => $lapse] + $values; }, 10, 4);
            return $ask(["subject" => "[user_name] [when]"]);');
        self::assertSame('Mrs Анна & Co 2026-11-01', $letter['subject']);
    }

    public function test_who_is_gone_is_told_apart_from_a_site_without_levels(): void
    {
        $answers = self::scene('$answers = [$ask(["user_id" => 999999]), $ask(["term_id" => 999999]), $ask(["term_id" => wp_insert_term("Tag" . wp_rand(), "category")["term_id"]])];
            unregister_taxonomy("wpm-levels"); $answers[] = $ask(); return $answers;');
        self::assertSame([[404, 'dormouse_unknown_user'], [404, 'dormouse_unknown_level'], [404, 'dormouse_unknown_level'], [503, 'dormouse_no_levels']],
            array_map(static function (array $answer): array {
                return [$answer[0], $answer[1]['code']];
            }, $answers));
    }

    public static function broken(): array
    {
        return [
            'filter that throws' => ['throw new DomainException("no <b>template");', 'no <b>template'],
            'filter that gives nothing' => ['return null;', 'gave NULL'],
            'filter that empties the letter' => ['return " \n";', 'html'],
            'filter that fails' => ['return intdiv(1, 0);', 'DivisionByZeroError'],
        ];
    }

    /** @dataProvider broken */
    public function test_letter_that_cannot_be_rendered_is_an_error_and_never_half_a_letter(string $filter, string $reason): void
    {
        [$status, $data] = self::scene('add_filter("wpm_user_mail_shortcode_replacement", static function ($message) { ' . $filter . ' }, 20); return $ask();');
        self::assertSame([500, 'dormouse_render_failed'], [$status, $data['code']]);
        self::assertStringContainsString($reason, $data['message']);
        self::assertArrayNotHasKey('html', $data);
    }

    public function test_subject_that_is_empty_after_rendering_is_an_error(): void
    {
        [$status, $data] = self::scene('return $ask(["subject" => "[bundle_name] <br>"]);');
        self::assertSame([500, 'dormouse_render_failed'], [$status, $data['code']]);
        self::assertStringContainsString('subject', $data['message']);
    }

    public function test_what_a_filter_prints_does_not_reach_the_answer(): void
    {
        self::assertSame(200, self::scene('add_filter("wpm_user_mail_shortcode_replacement", static function ($m) { echo "noise"; return $m; }); return $ask();')[0]);
    }

    public static function strangers(): array
    {
        return ['no key shown' => ['null', 401], 'wrong key' => ['"companion-key-of-the-testS"', 403], 'beginning of the key' => ['"companion-key"', 403]];
    }

    /** @dataProvider strangers */
    public function test_without_the_key_nothing_is_rendered(string $key, int $status): void
    {
        [$got, $data] = self::scene("return \$ask(['body' => '[user_email]'], $key);");
        self::assertSame([$status, 'rest_forbidden'], [$got, $data['code']]);
        self::assertStringNotContainsString('@example.test', json_encode($data));
    }

    public static function bad_questions(): array
    {
        return [
            'another version' => [['v' => 2], 'v'], 'no version' => [['v' => null], 'v'], 'unknown stage' => [['stage' => '4'], 'stage'],
            'day that does not exist' => [['lapse' => '2026-02-30'], 'lapse'], 'no day' => [['lapse' => '2026-11-01 00:00:00'], 'lapse'],
            'user 0' => [['user_id' => 0], 'user_id'], 'level by name' => [['term_id' => 'course'], 'term_id'], 'list as body' => [['body' => ['x']], 'body'],
        ];
    }

    /** @dataProvider bad_questions */
    public function test_bad_question_names_the_member(array $change, string $member): void
    {
        [$status, $data] = self::scene('return $ask(json_decode(' . var_export(json_encode($change), true) . ', true));');
        self::assertSame(400, $status);
        $params = $data['data']['params'];
        self::assertSame([$member], isset($params[0]) ? $params : array_keys($params));
    }

    public function test_worker_asks_over_http(): void
    {
        [$user, $level] = self::scene('return [$user, $level];');
        self::$site->run('update_option("dormouse_companion_key", "a-key-in-the-database", false); return 1;');
        $server = new WebServer(self::$site);
        $question = ['v' => 1, 'user_id' => $user, 'term_id' => $level, 'stage' => 'admin', 'lapse' => '2026-11-01',
            'subject' => '«[user_name]»', 'body' => 'Ждём [user_name] 🐭'];
        $answer = $server->send('POST', '/wp-json/dormouse/v1/render', $question, ['X-Dormouse-Key: a-key-in-the-database']);
        self::assertSame([200, '«Анна & Co»', "<p>Ждём Анна &amp; Co 🐭</p>\n"], [$answer['status'], $answer['json']['subject'], $answer['json']['html']]);
        self::assertSame('no-store', $answer['headers']['cache-control']);
        self::assertSame(401, $server->send('POST', '/wp-json/dormouse/v1/render', $question)['status']);
        self::assertSame(404, $server->send('GET', '/wp-json/dormouse/v1/render', null, ['X-Dormouse-Key: a-key-in-the-database'])['status']);
    }
}
