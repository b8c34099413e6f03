#pragma once
// A school's WordPress as far as the worker calls it (tests/doubles/site.py).

#include "tests/support/service_double.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace dormouse::test {

class site_double : public service_double {
public:
    static constexpr auto grant_path = "/wp-json/mlgb/v1/grant";
    static constexpr auto order_path = "/wp-json/mbl/v1/order/";
    static constexpr auto grant_key = "grant-key-of-the-site";
    static constexpr auto order_token = "order-token-of-the-site";
    static constexpr auto companion_key = "companion-key-of-the-site";

    site_double();

    /// Makes an active subscription or changes members of it.
    void set_subscription(std::int64_t id, boost::json::object members = {});
    /// `grant`, `order` or `companion` is accepted with this key alone.
    void accept_only(const std::string& which, const std::string& key);
    /// By external id.
    [[nodiscard]] boost::json::object grants() const;
    /// Most requests for grants under way at once.
    struct crowd {
        std::int64_t all = 0;
        std::int64_t person = 0;
    };
    [[nodiscard]] crowd most_at_once() const;
    [[nodiscard]] static std::string subscription_path(std::int64_t id);
};

}  // namespace dormouse::test
