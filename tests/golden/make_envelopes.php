<?php

// Writes envelopes.json, which the PHP and the C++ tests read: what a reader must accept, and what it must refuse and
// why. Run it after a deliberate change of the format:  php tests/golden/make_envelopes.php > tests/golden/envelopes.json
// The rules in words are in README.md beside this file.

use Dormouse\Envelope;

foreach (['InvalidJob', 'Ulid', 'Envelope'] as $class) {
    require_once __DIR__ . "/../../wordpress/dormouse/src/$class.php";
}
require_once __DIR__ . '/chains.php';

const NOW = 1795212000000;
const ID = '01M842J7G000000000000000A1';
const KID = 'k1';
const KEY = 'golden-signing-key-0123456789abcdef';
const SITE = 'main';
const HOOK_ARGS = ['hook_id' => 7, 'event' => 'wpm_update_user_key_dates', 'payload' => '{"user_id":12}'];

/** A case: what the reader is given (envelope, its key, its site, the time) and what must come out. */
function golden_case(string $name, string $envelope, array $expected, array $context = []): array
{
    $case = ['name' => $name, 'kid' => KID, 'key' => KEY, 'site' => SITE, 'now' => NOW];
    return array_merge($case, $context, written($envelope), $expected);
}

/** Bytes as the file holds them: text, base64 of what is not UTF-8, or parts where something repeats very often. */
function written(string $bytes): array
{
    if (strlen($bytes) > 8192) {
        return ['envelope_parts' => parts($bytes)];
    }
    return preg_match('//u', $bytes) === 1 ? ['envelope' => $bytes] : ['envelope_base64' => base64_encode($bytes)];
}

/** Cuts out every unit of 1 or 5 bytes that repeats at least 1,000 times. */
function parts(string $bytes): array
{
    $parts = [];
    $rest = 0;
    for ($at = 0; $at < strlen($bytes); $at++) {
        foreach ([1, 5] as $length) {
            $unit = substr($bytes, $at, $length);
            for ($times = 1; substr($bytes, $at + $times * $length, $length) === $unit; $times++);
            if ($times >= 1000) {
                $parts[] = written(substr($bytes, $rest, $at - $rest)) + ['times' => 1];
                $parts[] = written($unit) + ['times' => $times];
                $rest = $at + $times * $length;
                $at = $rest - 1;
                break;
            }
        }
    }
    $parts[] = written(substr($bytes, $rest)) + ['times' => 1];
    return $parts;
}

function refused(string $name, string $envelope, string $reason, array $context = []): array
{
    return golden_case($name, $envelope, ['valid' => false, 'reason' => $reason], $context);
}

function accepted(string $name, string $envelope, array $context = []): array
{
    $json = $envelope[0] === '{' ? $envelope : substr($envelope, strpos($envelope, "\n") + 1);
    $job = json_decode($json, false);
    // Large or deep ones would make the file itself hard to read.
    if (strlen($json) > 8192 || json_decode($json, false, 24) === null) {
        unset($job->args);
    }
    return golden_case($name, $envelope, ['valid' => true, 'job' => $job], $context);
}

function signed(string $json): string
{
    return Envelope::sign($json, KID, KEY);
}

/** As the plugin makes it. */
function made($args, array $options = [], string $kind = 'webhook-delivery', string $site = SITE, int $now = NOW): string
{
    return Envelope::json($site, $kind, $args, $options, ID, $now);
}

/** A job with some fields replaced; a value of '__gone' removes the field. Signed, whatever it is. */
function altered(array $fields): string
{
    $job = ['v' => 1, 'id' => ID, 'kind' => 'webhook-delivery', 'site' => SITE, 'args' => HOOK_ARGS, 'iat' => NOW];
    $job = array_filter(array_merge($job, $fields), static function ($value) {
        return $value !== '__gone';
    });
    return signed(json_encode($job, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION));
}

/** `inner` nested in arrays so that the whole job is `depth` containers deep (the job and its args are two). */
function nested(int $depth): array
{
    $inner = [];
    for ($level = 3; $level < $depth; $level++) {
        $inner = [$inner];
    }
    return ['deep' => $inner];
}

function valid_cases(): array
{
    $at = NOW + 60000;
    $filler = Envelope::MAX_BYTES - strlen(signed(made(['text' => ''])));
    return [
        accepted('plain', signed(made(HOOK_ARGS))),
        accepted('hook_with_key_and_queue', signed(made(HOOK_ARGS, ['queue' => 'webhook',
            'key' => 'hook:7:wpm_update_user_key_dates:u12:t34:k567:2026-12-20']))),
        accepted('all_options', signed(made(HOOK_ARGS, ['key' => 'grant:lead_789', 'at' => $at, 'expire' => $at + 1,
            'queue' => 'mail_1', 'priority' => 'high', 'timeout' => 20, 'max_attempts' => 10,
            'trace' => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01']))),
        accepted('smallest_options', signed(made(HOOK_ARGS, ['priority' => 0, 'timeout' => 1, 'max_attempts' => 1,
            'queue' => 'a', 'key' => 'k', 'trace' => 't']))),
        accepted('largest_options', signed(made(HOOK_ARGS, ['priority' => 'low', 'timeout' => 3600,
            'max_attempts' => 100, 'queue' => str_repeat('q', 32), 'key' => str_repeat('k', 200),
            'trace' => str_repeat('t', 128), 'at' => 4102444799999, 'expire' => 4102444800000]))),
        accepted('longest_kind', signed(made(HOOK_ARGS, [], 'k' . str_repeat('-', 63)))),
        accepted('empty_args_stay_an_object', signed(made([]))),
        accepted('empty_object_inside_args', signed(made(['object' => new stdClass(), 'list' => []]))),
        accepted('nested_empty_arrays', signed(made(['list' => [[], [[]], ['a' => []]]]))),
        accepted('unicode_cyrillic_and_emoji', signed(made(['name' => 'Соня 🐭', 'title' => 'naïve — “quoted”']))),
        accepted('unicode_key', signed(made(HOOK_ARGS, ['key' => 'урок:Соня 🐭']))),
        accepted('line_separators', signed(made(['text' => "a\u{2028}b\u{2029}c"]))),
        accepted('slashes_and_html', signed(made(['url' => 'a/b\\c', 'html' => '<a href="/x">&amp;</a>\'']))),
        accepted('control_characters_escaped', signed(made(['text' => "tab\tnewline\nquote\"nul\0bell\x07del\x7f"]))),
        accepted('payload_is_text_with_newlines', signed(made(['hook_id' => 7, 'event' => 'e',
            'payload' => "{\n \"a\": \"\\u0041\\/\"\n}"]))),
        accepted('big_integers_as_text', signed(made(['id' => '18446744073709551615', 'other' => '-9223372036854775809']))),
        accepted('integer_limits', signed(made(['most' => PHP_INT_MAX, 'least' => PHP_INT_MIN + 1, 'zero' => 0]))),
        accepted('floats', signed(made(['a' => 0.1, 'b' => 1.0, 'c' => -2.5e-7, 'd' => 1.5e300, 'e' => 0.30000000000000004]))),
        accepted('true_false_null', signed(made(['t' => true, 'f' => false, 'n' => null]))),
        accepted('names_that_are_numbers', signed(made(['1' => 'a', '3' => 'b']))),
        accepted('deepest_allowed', signed(made(nested(Envelope::MAX_DEPTH)))),
        accepted('largest_allowed', signed(made(['text' => str_repeat('x', $filler)]))),
        accepted('other_site', signed(made(HOOK_ARGS, [], 'grant', 'shop_2-b')), ['site' => 'shop_2-b']),
        accepted('kind_is_on_the_key\'s_list', signed(made(HOOK_ARGS)), ['kinds' => ['grant', 'webhook-delivery']]),
        accepted('made_before_now_and_late', signed(made(HOOK_ARGS, [], 'grant', SITE, NOW - 86400000 * 30))),
        accepted('clock_ahead_by_300_s', signed(made(HOOK_ARGS, [], 'grant', SITE, NOW + 300000))),
        accepted('due_in_the_past', signed(made(HOOK_ARGS, ['at' => NOW - 1]))),
        accepted('unsigned_where_allowed', made(HOOK_ARGS), ['allow_unsigned' => true]),
        accepted('signed_where_unsigned_is_allowed', signed(made(HOOK_ARGS)), ['allow_unsigned' => true]),
        accepted('only_required_fields', signed('{"v":1,"kind":"grant","site":"main","args":{}}')),
        accepted('any_order_and_spaces', signed("{ \"args\" : { } ,\t\"site\":\"main\",\r\n\"kind\":\"grant\",\"v\":1 }")),
        accepted('unknown_field_is_ignored', altered(['colour' => 'grey'])),
        accepted('escaped_field_name', signed('{"\u0076":1,"kind":"gr\u0061nt","site":"main","args":{}}')),
    ];
}

function invalid_texts(): array
{
    $json = made(HOOK_ARGS);
    $good = signed($json);
    $cases = [
        'empty' => '',
        'only_a_newline' => "\n",
        'one_space' => ' ',
        'text' => 'hello',
        'php_serialized' => serialize(['v' => 1]),
        'list_of_jobs' => '[' . $json . ']',
        'byte_order_mark' => "\xEF\xBB\xBF" . $json,
        'nul_bytes' => "\0\0\0\0",
        'utf_16' => mb_convert_encoding($json, 'UTF-16LE', 'UTF-8'),
    ];
    foreach ($cases as $name => $text) {
        $out[] = refused($name, $text, 'bad_json', ['allow_unsigned' => true]);
    }
    $bodies = [
        'signed_but_empty' => '',
        'truncated_json' => substr($json, 0, -10),
        'cut_inside_a_character' => substr(made(['text' => 'é']), 0, strpos(made(['text' => 'é']), "\xC3") + 1),
        'two_objects' => $json . $json,
        'nul_after_the_json' => $json . "\0",
        'nul_inside_a_string' => str_replace('wpm_update', "wpm\0update", $json),
        'raw_newline_in_a_string' => str_replace('wpm_update', "wpm\nupdate", $json),
        'not_utf_8' => str_replace('wpm_update', "wpm\xFFupdate", $json),
        'overlong_utf_8' => str_replace('wpm_update', "wpm\xC0\xAFupdate", $json),
        'surrogate_in_utf_8' => str_replace('wpm_update', "wpm\xED\xA0\x80update", $json),
        'lone_surrogate_escape' => str_replace('wpm_update', 'wpm\ud800update', $json),
        'byte_order_mark_after_the_header' => "\xEF\xBB\xBF" . $json,
        'comma_at_the_end' => substr($json, 0, -1) . ',}',
        'single_quotes' => "{'v':1}",
        'comment' => '{"v":1,/* no */"kind":"grant","site":"main","args":{}}',
        'not_a_number' => '{"v":1,"kind":"grant","site":"main","args":{"x":NaN}}',
        'leading_zero' => '{"v":01,"kind":"grant","site":"main","args":{}}',
        'body_is_null' => 'null',
        'body_is_a_list' => '[1,2]',
        'body_is_a_string' => '"v1"',
        'duplicate_field' => '{"v":1,"kind":"grant","site":"main","args":{},"kind":"reminder-email"}',
        'duplicate_field_escaped' => '{"v":1,"kind":"grant","site":"main","args":{},"\u006bind":"reminder-email"}',
        'duplicate_name_in_args' => '{"v":1,"kind":"grant","site":"main","args":{"user":1,"user":2}}',
        'duplicate_name_deep_in_args' => '{"v":1,"kind":"grant","site":"main","args":{"a":[{"b":{"c":1,"c":1}}]}}',
        'one_level_too_deep' => '{"v":1,"kind":"grant","site":"main","args":{"deep":'
            . str_repeat('[', 31) . str_repeat(']', 31) . '}}',
        'depth_bomb' => '{"v":1,"kind":"grant","site":"main","args":{"deep":'
            . str_repeat('[', 10000) . str_repeat(']', 10000) . '}}',
        'depth_bomb_of_objects_unclosed' => str_repeat('{"a":', 10000),
    ];
    foreach ($bodies as $name => $body) {
        $out[] = refused($name, signed($body), 'bad_json');
    }
    $out[] = refused('truncated_with_old_signature', substr($good, 0, -1), 'bad_signature');
    return $out;
}

function invalid_signatures(): array
{
    $json = made(HOOK_ARGS);
    $good = signed($json);
    $mac = substr($good, 6, 64);
    $flipped = $mac;
    $flipped[63] = dechex(hexdec($mac[63]) ^ 1);
    $with = static function (string $kid, string $mac, string $body): string {
        return "v1.$kid.$mac\n$body";
    };
    $spaced = json_encode(json_decode($json), JSON_PRETTY_PRINT);
    $cases = [
        'one_bit_of_the_mac' => [$with(KID, $flipped, $json), 'bad_signature'],
        'one_byte_of_the_body' => [str_replace('"hook_id":7', '"hook_id":8', $good), 'bad_signature'],
        'newline_added_to_the_body' => [$good . "\n", 'bad_signature'],
        'mac_too_short' => [$with(KID, substr($mac, 0, 63), $json), 'bad_signature'],
        'mac_too_long' => [$with(KID, $mac . '0', $json), 'bad_signature'],
        'mac_empty' => [$with(KID, '', $json), 'bad_signature'],
        'mac_upper_case' => [$with(KID, strtoupper($mac), $json), 'bad_signature'],
        'mac_not_hex' => [$with(KID, 'g' . substr($mac, 1), $json), 'bad_signature'],
        'mac_followed_by_carriage_return' => ["v1." . KID . ".$mac\r\n$json", 'bad_signature'],
        'mac_of_reencoded_json' => [$with(KID, substr(signed($spaced), 6, 64), $json), 'bad_signature'],
        'mac_without_the_prefix' => [$with(KID, hash_hmac('sha256', $json, KEY), $json), 'bad_signature'],
        'mac_without_the_kid' => [$with(KID, hash_hmac('sha256', "dormouse.v1\n" . $json, KEY), $json), 'bad_signature'],
        'mac_sha1' => [$with(KID, str_pad(hash_hmac('sha1', "dormouse.v1\nk1\n$json", KEY), 64, '0'), $json), 'bad_signature'],
        'mac_by_another_key' => [Envelope::sign($json, KID, 'another-key-0123456789abcdefghij'), 'bad_signature'],
        'mac_by_the_empty_key' => [Envelope::sign($json, KID, ''), 'bad_signature'],
        'no_newline' => ['v1.' . KID . '.' . $mac, 'bad_signature'],
        'no_mac' => ["v1." . KID . "\n$json", 'bad_signature'],
        'header_only_prefix' => ['v1.', 'bad_signature'],
        'kid_unknown' => [Envelope::sign($json, 'k2', KEY), 'unknown_key'],
        'kid_other_case' => [Envelope::sign($json, 'K1', KEY), 'unknown_key'],
        'kid_empty' => [$with('', $mac, $json), 'bad_signature'],
        'kid_with_a_dot' => [$with('k1.x', $mac, $json), 'bad_signature'],
        'kid_with_a_newline' => [$with("k1\n", $mac, $json), 'bad_signature'],
        'kid_with_a_space' => [$with('k 1', $mac, $json), 'bad_signature'],
        'kid_too_long' => [$with(str_repeat('k', 33), $mac, $json), 'bad_signature'],
        'header_of_version_2' => ["v2." . KID . ".$mac\n$json", 'bad_version'],
        'header_of_version_10' => ["v10." . KID . ".$mac\n$json", 'bad_version'],
        'unsigned' => [$json, 'unsigned'],
        'unsigned_and_not_json' => ['{', 'unsigned'],
    ];
    $out = [];
    foreach ($cases as $name => $case) {
        $out[] = refused($name, $case[0], $case[1]);
    }
    $out[] = refused('wrong_mac_where_unsigned_is_allowed', $with(KID, $flipped, $json), 'bad_signature',
        ['allow_unsigned' => true]);
    return $out;
}

function invalid_fields(): array
{
    $late = NOW + 300001;
    $cases = [
        'v_missing' => [['v' => '__gone'], 'bad_version'],
        'v_is_2' => [['v' => 2], 'bad_version'],
        'v_is_0' => [['v' => 0], 'bad_version'],
        'v_is_text' => [['v' => '1'], 'bad_version'],
        'v_is_a_float' => [['v' => 1.0], 'bad_version'],
        'v_is_true' => [['v' => true], 'bad_version'],
        'v_is_null' => [['v' => null], 'bad_version'],
        'id_null' => [['id' => null], 'bad_field'],
        'id_number' => [['id' => 1], 'bad_field'],
        'id_empty' => [['id' => ''], 'bad_field'],
        'id_short' => [['id' => substr(ID, 1)], 'bad_field'],
        'id_lower_case' => [['id' => strtolower(ID)], 'bad_field'],
        'id_with_letter_u' => [['id' => substr(ID, 0, 25) . 'U'], 'bad_field'],
        'id_beyond_48_bits' => [['id' => '8' . substr(ID, 1)], 'bad_field'],
        'kind_missing' => [['kind' => '__gone'], 'bad_field'],
        'kind_null' => [['kind' => null], 'bad_field'],
        'kind_empty' => [['kind' => ''], 'bad_field'],
        'kind_with_spaces' => [['kind' => 'webhook delivery'], 'bad_field'],
        'kind_upper_case' => [['kind' => 'Grant'], 'bad_field'],
        'kind_starts_with_digit' => [['kind' => '1grant'], 'bad_field'],
        'kind_with_newline' => [['kind' => "grant\n"], 'bad_field'],
        'kind_of_65' => [['kind' => str_repeat('k', 65)], 'bad_field'],
        'kind_of_300' => [['kind' => str_repeat('k', 300)], 'bad_field'],
        'kind_is_a_path' => [['kind' => '../../etc/passwd'], 'bad_field'],
        'site_missing' => [['site' => '__gone'], 'bad_field'],
        'site_is_a_number' => [['site' => 1], 'bad_field'],
        'site_other' => [['site' => 'shop'], 'wrong_site'],
        'site_other_case' => [['site' => 'Main'], 'bad_field'],
        'args_missing' => [['args' => '__gone'], 'bad_field'],
        'args_is_a_list' => [['args' => []], 'bad_field'],
        'args_is_null' => [['args' => null], 'bad_field'],
        'args_is_text' => [['args' => '{}'], 'bad_field'],
        'key_is_a_number' => [['key' => 7], 'bad_field'],
        'key_is_null' => [['key' => null], 'bad_field'],
        'key_of_201' => [['key' => str_repeat('k', 201)], 'bad_field'],
        'key_of_101_two_byte_characters' => [['key' => str_repeat('é', 101)], 'bad_field'],
        'key_with_newline' => [['key' => "a\nb"], 'bad_field'],
        'key_with_nul' => [['key' => "a\0b"], 'bad_field'],
        'key_with_del' => [['key' => "a\x7fb"], 'bad_field'],
        'at_negative' => [['at' => -1], 'bad_field'],
        'at_too_late' => [['at' => 4102444800001], 'bad_field'],
        'at_is_text' => [['at' => (string) NOW], 'bad_field'],
        'at_is_a_float' => [['at' => NOW + 0.5], 'bad_field'],
        'expire_negative' => [['expire' => -1], 'bad_field'],
        'expire_is_true' => [['expire' => true], 'bad_field'],
        'expire_passed' => [['expire' => NOW - 1000], 'expired'],
        'queue_empty' => [['queue' => ''], 'bad_field'],
        'queue_with_colon' => [['queue' => 'ready:0'], 'bad_field'],
        'queue_upper_case' => [['queue' => 'Webhook'], 'bad_field'],
        'queue_of_33' => [['queue' => str_repeat('q', 33)], 'bad_field'],
        'queue_is_a_number' => [['queue' => 5], 'bad_field'],
        'prio_9' => [['prio' => 9], 'bad_field'],
        'prio_3' => [['prio' => 3], 'bad_field'],
        'prio_negative' => [['prio' => -1], 'bad_field'],
        'prio_fraction' => [['prio' => 1.5], 'bad_field'],
        'prio_is_text' => [['prio' => '1'], 'bad_field'],
        'timeout_0' => [['timeout' => 0], 'bad_field'],
        'timeout_3601' => [['timeout' => 3601], 'bad_field'],
        'timeout_is_text' => [['timeout' => '20s'], 'bad_field'],
        'max_attempts_0' => [['max_attempts' => 0], 'bad_field'],
        'max_attempts_101' => [['max_attempts' => 101], 'bad_field'],
        'max_attempts_is_a_list' => [['max_attempts' => [1]], 'bad_field'],
        'iat_negative' => [['iat' => -1], 'bad_field'],
        'iat_is_text' => [['iat' => 'now'], 'bad_field'],
        'iat_more_than_300_s_ahead' => [['iat' => $late], 'bad_field'],
        'trace_of_129' => [['trace' => str_repeat('t', 129)], 'bad_field'],
        'trace_is_an_object' => [['trace' => new stdClass()], 'bad_field'],
        'trace_with_newline' => [['trace' => "a\r\nx-injected: 1"], 'bad_field'],
    ];
    $out = [];
    foreach ($cases as $name => $case) {
        $out[] = refused($name, altered($case[0]), $case[1]);
    }
    $json = '{"v":1,"kind":"grant","site":"main","args":{},"at":99999999999999999999}';
    $out[] = refused('at_beyond_64_bits', signed($json), 'bad_field');
    $out[] = refused('empty_object', signed('{}'), 'bad_version');
    $out[] = refused('kind_not_on_the_key\'s_list', altered([]), 'kind_not_allowed', ['kinds' => ['grant']]);
    $out[] = refused('too_large_by_one_byte', signed_too_large(1), 'too_large');
    $out[] = refused('too_large_and_garbage', str_repeat("\xFF", Envelope::MAX_BYTES + 1), 'too_large');
    return $out;
}

function signed_too_large(int $extra): string
{
    $empty = signed(made(['text' => '']));
    $json = made(['text' => str_repeat('x', Envelope::MAX_BYTES - strlen($empty) + $extra)]);
    return 'v1.' . KID . '.' . hash_hmac('sha256', "dormouse.v1\n" . KID . "\n" . $json, KEY) . "\n" . $json;
}

$cases = array_merge(valid_cases(), valid_chains(), invalid_texts(), invalid_signatures(), invalid_fields(), invalid_chains());
$lines = array_map(static function (array $case): string {
    return json_encode($case, JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR);
}, $cases);
echo "[\n" . implode(",\n", $lines) . "\n]\n";
