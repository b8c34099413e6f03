<?php

// Run inside WordPress: sells a monthly subscription and pays for it, as the shop does; prints its id.
//   subscribe.php E-MAIL

$order = wc_create_order(['customer_id' => 1]);
$order->set_billing_email($argv[1]);
$order->set_billing_first_name(ucfirst(strtok($argv[1], '@')));
$order->add_product(77);
$order->save();

$subscription = wcs_create_subscription(['order_id' => $order->get_id(), 'billing_period' => 'month', 'billing_interval' => 1]);
$subscription->payment_complete();
echo $subscription->get_id(), "\n";
