<?php

// The cases of `then`: jobs that follow one another. Part of make_envelopes.php, whose functions it uses.

use Dormouse\Envelope;

const GRANT = ['kind' => 'grant', 'args' => ['email' => 'anna@example.test', 'term_id' => 15, 'duration' => 1]];

/** As many jobs, each the follower of the one before. */
function chain(int $length, array $job = GRANT): array
{
    return $length === 1 ? $job : $job + ['then' => chain($length - 1, $job)];
}

function valid_chains(): array
{
    return [
        accepted('then', signed(made(HOOK_ARGS, ['then' => GRANT]))),
        accepted('then_with_all_options', signed(made(HOOK_ARGS, ['key' => 'charge:chg_1', 'then' => GRANT + [
            'key' => 'grant:main:lead_789', 'queue' => 'mail_1', 'priority' => 'high', 'timeout' => 20,
            'max_attempts' => 10]]))),
        accepted('then_longest', signed(made(HOOK_ARGS, ['then' => chain(Envelope::LONGEST_CHAIN)]))),
        accepted('then_unknown_field_is_ignored', altered(['then' => GRANT + ['colour' => 'grey']])),
        accepted('then_empty_args_stay_an_object', signed(made([], ['then' => ['kind' => 'grant', 'args' => []]]))),
        accepted('then_kinds_are_all_on_the_key\'s_list', signed(made(HOOK_ARGS, ['then' => chain(2)])),
            ['kinds' => ['webhook-delivery', 'grant']]),
    ];
}

function invalid_chains(): array
{
    $out = [];
    foreach (wrong_followers() as $name => $case) {
        $out[] = refused($name, altered($case[0]), $case[1]);
    }
    $out[] = refused('then_kind_not_on_the_key\'s_list', signed(made(HOOK_ARGS, ['then' => GRANT])), 'kind_not_allowed',
        ['kinds' => ['webhook-delivery']]);
    $out[] = refused('then_deep_kind_not_on_the_key\'s_list', signed(made(HOOK_ARGS, [
        'then' => GRANT + ['then' => ['kind' => 'wallet-charge', 'args' => []]]])), 'kind_not_allowed',
        ['kinds' => ['webhook-delivery', 'grant']]);
    return $out;
}

/** Jobs whose `then` is wrong. */
function wrong_followers(): array
{
    $then = static function ($then): array {
        return [['then' => $then], 'bad_field'];
    };
    $with = static function (array $fields) use ($then): array {
        return $then(array_merge(GRANT, $fields));
    };
    return [
        'then_null' => $then(null),
        'then_text' => $then('grant'),
        'then_list' => $then([GRANT]),
        'then_empty' => $then(new stdClass()),
        'then_without_kind' => $then(['args' => new stdClass()]),
        'then_without_args' => $then(['kind' => 'grant']),
        'then_kind' => $with(['kind' => 'Grant']),
        'then_args_is_a_list' => $with(['args' => []]),
        'then_key' => $with(['key' => "a\nb"]),
        'then_queue' => $with(['queue' => 'a:b']),
        'then_prio' => $with(['prio' => 3]),
        'then_timeout' => $with(['timeout' => 0]),
        'then_max_attempts' => $with(['max_attempts' => 101]),
        'then_with_an_id' => $with(['id' => ID]),
        'then_with_a_version' => $with(['v' => 1]),
        'then_with_a_site' => $with(['site' => SITE]),
        'then_with_a_time' => $with(['at' => NOW]),
        'then_with_a_time_of_issue' => $with(['iat' => NOW]),
        'then_with_an_end' => $with(['expire' => NOW + 60000]),
        'then_with_a_trace' => $with(['trace' => 't']),
        'then_then_wrong' => $with(['then' => ['kind' => 'grant']]),
        'then_one_too_many' => $then(chain(Envelope::LONGEST_CHAIN + 1)),
    ];
}
