#include "jobs/grant/request.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::grant {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::object person(const grant_args& a) {
    return {{"email", a.email}, {"first_name", a.first_name}, {"last_name", a.last_name}};
}

json::object extent(const grant_args& a) {
    json::object o{{"term_id", a.term_id}};
    if (a.duration > 0) o["duration"] = a.duration;
    o["units"] = a.units;
    if (a.unlimited) o["is_unlimited"] = true;
    return o;
}

}  // namespace

config::grant_api endpoint_of(const grant_args& args, const config::grant_settings& s) noexcept {
    return args.via.value_or(s.via);
}

std::string idempotency_key(std::string_view site, const grant_args& args) {
    return "grant:" + std::string{site} + ":" + args.external_id;
}

std::string body_of(const grant_args& args, config::grant_api endpoint) {
    if (endpoint == config::grant_api::order)
        return json::serialize(
            json::object{{"customer", person(args)},
                         {"product", extent(args)},
                         {"meta", json::object{{"order_id", args.external_id}, {"source", args.source}}}});
    return json::serialize(json::object{
        {"user", person(args)}, {"grant", extent(args)}, {"external_id", args.external_id}, {"source", args.source}});
}

api::request request_of(const grant_args& args, std::string_view site, const config::grant_settings& s) {
    const auto endpoint = endpoint_of(args, s);
    const bool order = endpoint == config::grant_api::order;
    api::request r;
    r.url = order ? s.order_url : s.url;
    r.headers.emplace_back(order ? "Authorization" : "X-API-Key",
                           std::string{(order ? s.order_token : s.key).reveal()});
    r.headers.emplace_back("Idempotency-Key", idempotency_key(site, args));
    r.body = body_of(args, endpoint);
    r.limits = api::limits_of(s.timeout, 25s, 10s);
    return r;
}

}  // namespace dormouse::jobs::grant
