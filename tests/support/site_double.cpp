#include "tests/support/site_double.hpp"

#include <boost/json/value.hpp>

namespace dormouse::test {

namespace json = boost::json;

site_double::site_double()
    : service_double{
          "site.py",
          {"--grant-key", grant_key, "--order-token", order_token, "--companion-key", companion_key, "--close"}} {}

void site_double::set_subscription(std::int64_t id, json::object members) {
    members["subscription_id"] = id;
    steer("subscriptions", members);
}

void site_double::accept_only(const std::string& which, const std::string& key) {
    steer("keys", json::object{{which, key}});
}

json::object site_double::grants() const { return steer("grants", nullptr).as_object(); }

site_double::crowd site_double::most_at_once() const {
    const auto most = steer("most_at_once", nullptr);
    return {most.at("all").as_int64(), most.at("person").as_int64()};
}

std::string site_double::subscription_path(std::int64_t id) {
    return "/wp-json/dormouse/v1/subscriptions/" + std::to_string(id);
}

}  // namespace dormouse::test
