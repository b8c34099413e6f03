#pragma once
// The kinds `license-provision` and `period-push`: tell the licence server of a subscription, and of its period
// (spec 3-jobs B3).
//
//   newest version? ─▶ ask the companion for person and dates ─▶ POST ─▶ what does the answer mean? ─▶ outcome
//        └ no: dropped                                                            └ a line in the audit log (period)
//
// One subscription has one job of the two under way, a provision goes before a period, and an older job never follows
// a newer one.

#include "jobs/registry.hpp"
#include "site/subscriptions.hpp"

#include <memory>
#include <string_view>

namespace dormouse::jobs::licence {

[[nodiscard]] constexpr std::string_view kind_name(site::licence_step step) noexcept {
    return step == site::licence_step::provision ? "license-provision" : "period-push";
}

[[nodiscard]] std::unique_ptr<jobs::handler> make_handler(const services& s, site::licence_step step);

}  // namespace dormouse::jobs::licence
