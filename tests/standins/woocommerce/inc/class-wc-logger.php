<?php

/** Lines in a file of the site, where tests find them; the original's folder is uploads/wc-logs too. */
class WC_Logger
{
    public function error($message, $context = []): void
    {
        $cause = ($context['error'] ?? null) instanceof Throwable ? ': ' . $context['error']->getMessage() : '';
        wp_mkdir_p(WP_CONTENT_DIR . '/uploads/wc-logs');
        file_put_contents(WP_CONTENT_DIR . '/uploads/wc-logs/errors.log', "$message$cause\n", FILE_APPEND);
    }
}

function wc_get_logger(): WC_Logger
{
    return new WC_Logger();
}
