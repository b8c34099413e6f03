<?php

namespace Dormouse\Grant;

use Dormouse\Log;

/** `POST /mlgb/v1/grant` and `GET /mlgb/v1/grant/<id>`; docs/kinds/grant-endpoint.md is their contract. */
final class Endpoint
{
    public const NAMESPACE = 'mlgb/v1';
    public const ROUTE = '/grant';

    /** Last of all at `rest_api_init`: who has the route already keeps it. */
    public static function register(): void
    {
        if (RouteOwner::other() !== null) {
            return;
        }
        register_rest_route(self::NAMESPACE, self::ROUTE, [
            'methods' => 'POST',
            'callback' => [self::class, 'post'],
            'permission_callback' => [Access::class, 'check'],
        ]);
        // WordPress puts the pattern between two @.
        register_rest_route(self::NAMESPACE, self::ROUTE . '/(?P<id>[A-Za-z0-9_.:\@%-]{1,300})', [
            'methods' => 'GET',
            'callback' => [self::class, 'status'],
            'permission_callback' => [Access::class, 'check'],
        ]);
    }

    /** @return \WP_REST_Response */
    public static function post(\WP_REST_Request $http)
    {
        // A caller that hangs up must not cut a grant in two.
        ignore_user_abort(true);
        return self::answered(static function () use ($http): \WP_REST_Response {
            $request = Request::read(self::body($http));
            if (Async::is_wanted($http, $request)) {
                $answer = Async::enqueue($request);
                $later = ['Location' => $answer['status_url'] ?? '', 'Preference-Applied' => 'respond-async'];
                return isset($answer['job_id']) ? new \WP_REST_Response($answer, 202, $later) : new \WP_REST_Response($answer, 200);
            }
            return new \WP_REST_Response(Granter::grant($request), 200);
        });
    }

    /** @return \WP_REST_Response */
    public static function status(\WP_REST_Request $http)
    {
        return self::answered(static function () use ($http): \WP_REST_Response {
            $id = rawurldecode((string) $http['id']);
            $row = Ledger::look_up($id);
            if ($row === null) {
                throw new Refusal(404, 'dormouse_no_grant', "nothing was asked for under the id $id");
            }
            return new \WP_REST_Response(Async::status($row), 200);
        });
    }

    /** Members of the JSON object, or of the form. */
    public static function body(\WP_REST_Request $http): array
    {
        $json = $http->get_json_params();
        return is_array($json) && $json !== [] ? $json : (array) $http->get_body_params();
    }

    private static function answered(callable $do): \WP_REST_Response
    {
        try {
            $response = $do();
        } catch (Refusal $e) {
            $response = self::refused($e);
        } catch (\Throwable $e) {
            Log::failure('grant: ' . get_class($e) . ' in ' . basename($e->getFile()) . ' line ' . $e->getLine());
            $response = self::refused(new Refusal(500, 'dormouse_failed', 'the grant failed; send the same request again'));
        }
        $response->header('Cache-Control', 'no-store');
        return $response;
    }

    private static function refused(Refusal $e): \WP_REST_Response
    {
        $error = new \WP_Error($e->word, $e->getMessage(), ['status' => $e->status] + $e->data);
        $response = rest_convert_error_to_response($error);
        if (isset($e->data['retry_after'])) {
            $response->header('Retry-After', (string) $e->data['retry_after']);
        }
        return $response;
    }
}
