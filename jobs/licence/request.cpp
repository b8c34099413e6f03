#include "jobs/licence/request.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::licence {

namespace {

namespace json = boost::json;

void add(json::object& o, const billing_period& p) {
    o["next_payment_date_gmt"] = to_seconds(p.next);
    o["billing_period"] = p.unit;
    o["billing_interval"] = p.interval;
}

}  // namespace

std::string_view path_of(licence_step step) noexcept {
    return step == licence_step::provision ? "/wc/provision" : "/wc/subscription_period";
}

std::string key_of(licence_step step, std::string_view site, const licence_args& args) {
    return std::string{step == licence_step::provision ? "provision:" : "period:"} + std::string{site} + ":" +
           std::to_string(args.subscription_id) + ":" + std::to_string(args.version);
}

std::string provision_body(std::int64_t subscription_id, const subscription& s, std::string_view site) {
    return json::serialize(json::object{{"subscription_id", licence_name(subscription_id)},
                                        {"email", s.email},
                                        {"name", s.name},
                                        {"status", "active"},
                                        {"order_id", std::to_string(s.order_id)},
                                        {"product_ids", s.product_ids},
                                        {"site", site}});
}

std::string period_body(std::int64_t subscription_id, const billing_period& p) {
    json::object o{{"subscription_id", licence_name(subscription_id)}};
    add(o, p);
    return json::serialize(o);
}

std::string result_of(const licence_args& args, const std::optional<billing_period>& period,
                      std::optional<std::int64_t> updated) {
    json::object o{{"subscription", licence_name(args.subscription_id)}, {"version", args.version}};
    if (period) add(o, *period);
    if (updated) o["updated"] = *updated;
    return json::serialize(o);
}

}  // namespace dormouse::jobs::licence
