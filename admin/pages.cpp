#include "admin/pages.hpp"

#include "base/redact.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>

namespace dormouse::admin {

namespace {

namespace json = boost::json;

json::value age(const std::optional<base::ms>& d) { return d ? json::value(d->count()) : json::value(nullptr); }

base::awaitable<reply> plain(reply r) { co_return r; }

base::awaitable<reply> depth_answer(depth_source& source) {
    const auto depth = co_await source.get();
    if (depth) co_return reply{200, depth_json(*depth)};
    const json::object body{{"error", base::redact(depth.error().message())}};
    co_return reply{503, json::serialize(body) + "\n"};
}

}  // namespace

std::string depth_json(const queue::site_depth& depth) {
    json::array queues;
    for (const auto& q : depth.queues)
        queues.push_back(json::object{{"queue", q.queue},
                                      {"ready", q.ready},
                                      {"scheduled", q.scheduled},
                                      {"paused", q.paused},
                                      {"oldest_ready_ms", age(q.oldest_ready)},
                                      {"overdue_ms", age(q.overdue)}});
    const json::object body{{"queues", std::move(queues)}, {"intake", depth.intake},
                            {"running", depth.running},    {"done", depth.done},
                            {"dead", depth.dead},          {"oldest_dead_ms", age(depth.oldest_dead)},
                            {"workers", depth.workers}};
    return json::serialize(body) + "\n";
}

std::vector<route> make_routes(health& h, metrics_page& m, depth_source& d) {
    return {
        {"/", "text/html; charset=utf-8", [] { return plain({200, std::string{status_html()}}); }},
        {"/healthz", json_type, [&h] { return plain(h.alive()); }},
        {"/readyz", json_type, [&h] { return plain(h.ready()); }},
        {"/metrics", metrics_type, [&m] { return m.answer(); }},
        {"/api/v1/depth", json_type, [&d] { return depth_answer(d); }},
    };
}

}  // namespace dormouse::admin
