#include "jobs/licence/args.hpp"

#include "jobs/read_member.hpp"

#include <algorithm>
#include <array>

namespace dormouse::jobs::licence {

namespace {

constexpr std::array<std::string_view, 3> members_of_period{"billing_period", "billing_interval",
                                                            "next_payment_date_gmt"};

base::result<std::optional<billing_period>> read_own_period(const boost::json::object& args) {
    const auto given = std::ranges::count_if(members_of_period, [&](auto member) { return args.contains(member); });
    if (given == 0) return std::optional<billing_period>{};
    if (given != std::ssize(members_of_period))
        return base::error{base::errc::invalid_argument,
                           "args: expected all of billing_period, billing_interval and next_payment_date_gmt, or none "
                           "of them, which lets the worker read them from the site"};
    auto read = read_period(text_of(args, "billing_period"), whole_of(args, "billing_interval"),
                            text_of(args, "next_payment_date_gmt"));
    if (!read) return base::error{read.error().code, "args." + read.error().detail};
    return std::optional{std::move(*read)};
}

}  // namespace

base::result<licence_args> read_args(const boost::json::object& args, licence_step step) {
    licence_args out;
    out.subscription_id = whole_of(args, "subscription_id").value_or(0);
    if (out.subscription_id <= 0)
        return wrong_member("subscription_id", "the id of a subscription, a whole number above 0");
    out.version = whole_of(args, "version").value_or(0);
    if (out.version <= 0)
        return wrong_member("version", "a whole number above 0 that grows with every event of the subscription");
    if (step == licence_step::provision) return out;
    auto period = read_own_period(args);
    if (!period) return base::fail(std::move(period));
    out.period = std::move(*period);
    return out;
}

std::string limit_of(const boost::json::object& args) {
    const auto id = whole_of(args, "subscription_id").value_or(0);
    return id > 0 ? "subscription:" + std::to_string(id) : std::string{};
}

std::string licence_name(std::int64_t subscription_id) { return "wc_sub_" + std::to_string(subscription_id); }

}  // namespace dormouse::jobs::licence
