<?php

namespace Dormouse\Grant;

use Dormouse\Settings;

/** Who may ask for grants: who knows the key, or a user of the site with the capability. */
final class Access
{
    private const HEADER = 'X-API-Key';

    /** Permission callback of the routes. @return true|\WP_Error */
    public static function check(\WP_REST_Request $request)
    {
        $given = self::given($request);
        if ($given !== '') {
            return self::fits($given) ? true : self::forbidden(403, 'the key is wrong');
        }
        $capability = (string) apply_filters('dormouse_grant_capability', 'manage_options');
        if (current_user_can($capability)) {
            return true;
        }
        return is_user_logged_in()
            ? self::forbidden(403, 'this user may not grant access')
            : self::forbidden(401, 'send the key in the header ' . self::HEADER);
    }

    /**
     * Is it the worker doing a job? It holds the key and names the job's idempotency key, which is the site's name and
     * the external_id. For it a grant is never put off: that would be a job that makes a job.
     */
    public static function is_worker(\WP_REST_Request $request, string $key_of_job): bool
    {
        return self::fits((string) $request->get_header(self::HEADER))
            && hash_equals($key_of_job, (string) $request->get_header('Idempotency-Key'));
    }

    /** From the body too, never from the URL, which ends in logs. */
    private static function given(\WP_REST_Request $request): string
    {
        $header = (string) $request->get_header(self::HEADER);
        if ($header !== '') {
            return $header;
        }
        $token = Endpoint::body($request)['token'] ?? '';
        return is_string($token) ? $token : '';
    }

    private static function fits(string $given): bool
    {
        $key = Settings::grant_key();
        return $key !== '' && hash_equals($key, $given);
    }

    private static function forbidden(int $status, string $message): \WP_Error
    {
        return new \WP_Error('rest_forbidden', $message, ['status' => $status]);
    }
}
