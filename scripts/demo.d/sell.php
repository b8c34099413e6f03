<?php

// Run inside WordPress: sells to the customer named on the command line.

echo demo_sell($argv[1]), "\n";
