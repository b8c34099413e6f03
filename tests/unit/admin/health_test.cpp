#include "admin/health.hpp"

#include "base/secret.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <stdexcept>

namespace dormouse::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Health, AliveNeedsNoCheck) {
    health h;
    h.add("redis", [] { return verdict{false, "gone"}; });
    EXPECT_EQ(h.alive().status, 200);
    EXPECT_EQ(boost::json::parse(h.alive().body).at("alive"), true);
}

TEST(Health, ReadyWhenEveryCheckIsOk) {
    health h;
    h.add("redis", [] { return verdict{true, "round trip 80 us"}; });
    h.add("claiming", [] { return verdict{true}; });
    const auto r = h.ready();
    EXPECT_EQ(r.status, 200);
    const auto body = boost::json::parse(r.body);
    EXPECT_EQ(body.at("ready"), true);
    EXPECT_EQ(body.at("checks").at("redis").at("text"), "round trip 80 us");
    EXPECT_EQ(body.at("checks").as_object().size(), 2U);
}

TEST(Health, OneFailedCheckMakesItNotReadyAndOthersAreStillShown) {
    health h;
    h.add("stopping", [] { return verdict{false, "SIGTERM came 3 s ago"}; });
    h.add("redis", [] { return verdict{true}; });
    const auto r = h.ready();
    EXPECT_EQ(r.status, 503);
    const auto body = boost::json::parse(r.body);
    EXPECT_EQ(body.at("ready"), false);
    EXPECT_EQ(body.at("checks").at("stopping").at("text"), "SIGTERM came 3 s ago");
    EXPECT_EQ(body.at("checks").at("redis").at("ok"), true);
}

TEST(Health, ACheckThatThrowsIsNotOk) {
    health h;
    h.add("site", []() -> verdict { throw std::runtime_error{"no such table"}; });
    const auto r = h.ready();
    EXPECT_EQ(r.status, 503);
    EXPECT_THAT(r.body, HasSubstr("no such table"));
}

TEST(Health, SecretsInTextsAreBlanked) {
    const base::secret password{"hunter2-hunter2"};
    health h;
    h.add("redis", [&] { return verdict{false, "AUTH failed for " + password.reveal()}; });
    EXPECT_THAT(h.ready().body, Not(HasSubstr("hunter2")));
    EXPECT_THAT(h.ready().body, HasSubstr("***"));
}

TEST(Health, ReadinessIsAskedAnewEveryTime) {
    bool up = false;
    health h;
    h.add("redis", [&] { return verdict{up}; });
    EXPECT_EQ(h.ready().status, 503);
    up = true;
    EXPECT_EQ(h.ready().status, 200);
}

}  // namespace
}  // namespace dormouse::admin
