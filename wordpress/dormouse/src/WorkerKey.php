<?php

namespace Dormouse;

/** Who may ask what only the worker may know: whoever shows the companion key. */
final class WorkerKey
{
    public const SPACE = 'dormouse/v1';
    public const HEADER = 'X-Dormouse-Key';

    /** For `permission_callback`. @return true|\WP_Error */
    public static function permission(\WP_REST_Request $request)
    {
        $key = Settings::companion_key();
        $shown = (string) $request->get_header(self::HEADER);
        if ($shown === '') {
            return self::refuse(401, __('The header X-Dormouse-Key is missing.', 'dormouse'));
        }
        if ($key === '') {
            return self::refuse(403, __('No companion key is set: define DORMOUSE_COMPANION_KEY or set one in Settings → Dormouse.', 'dormouse'));
        }
        if (!hash_equals($key, $shown)) {
            return self::refuse(403, __('The companion key is not the one that is set here.', 'dormouse'));
        }
        return true;
    }

    private static function refuse(int $status, string $text): \WP_Error
    {
        return new \WP_Error('rest_forbidden', $text, ['status' => $status]);
    }
}
