<?php

// Run inside WordPress: charges a project's wallet for a month of a subscription and, once it is paid, gives access.
//   charge.php PROJECT AMOUNT E-MAIL

use Dormouse\Jobs\{Grant, WalletCharge};

[, $project, $amount, $email] = $argv;
$course = get_term_by('name', 'Course', 'wpm-levels')->term_id;

$job = WalletCharge::of(['project_id' => $project, 'amount' => (int) $amount, 'reason' => 'subscription',
    'subscription' => "sub-$project", 'period_start' => gmdate('Y-m-d')])
    ->then(Grant::of(['email' => $email, 'term_id' => $course, 'duration' => 1, 'units' => 'month',
        'external_id' => "sub-$project:" . gmdate('Y-m-d'), 'source' => 'wallet']));

echo $job->enqueue() ?: wp_die(Dormouse\Client::last_error()), ' ', $job->charge_key(), "\n";
