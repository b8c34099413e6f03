<?php

// Compiles the plugin's translations with WordPress' own library:  php tests/support/wordpress/make_mo.php

require '/usr/share/wordpress/wp-includes/pomo/po.php';
require '/usr/share/wordpress/wp-includes/pomo/mo.php';
foreach (glob(dirname(__DIR__, 3) . '/wordpress/dormouse/languages/*.po') as $file) {
    $po = new PO();
    $mo = new MO();
    if (!$po->import_from_file($file)) {
        fwrite(STDERR, "make_mo.php: $file cannot be read\n");
        exit(1);
    }
    $mo->set_headers($po->headers);
    $mo->entries = $po->entries;
    $mo->export_to_file(substr($file, 0, -2) . 'mo');
}
