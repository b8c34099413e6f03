#include "jobs/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

class named : public handler {
public:
    explicit named(std::string name) : name_{std::move(name)} {}
    [[nodiscard]] std::string_view kind() const noexcept override { return name_; }
    [[nodiscard]] base::result<void> check(const boost::json::object&) const override { return {}; }
    [[nodiscard]] base::ms default_timeout() const noexcept override { return base::ms{1}; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return 1; }
    [[nodiscard]] base::ms backoff(int, base::random_source&) const override { return base::ms{1}; }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt&) override { co_return queue::done(); }

private:
    std::string name_;
};

TEST(Registry, FindsAKindByItsWholeName) {
    registry r;
    r.add(std::make_unique<named>("grant"));
    r.add(std::make_unique<named>("aging"));
    ASSERT_NE(r.find("grant"), nullptr);
    EXPECT_EQ(r.find("grant")->kind(), "grant");
    EXPECT_EQ(r.find("gran"), nullptr);
    EXPECT_EQ(r.find("Grant"), nullptr);
    EXPECT_EQ(r.find(""), nullptr);
    EXPECT_THAT(r.kinds(), testing::ElementsAre("aging", "grant"));
}

TEST(Registry, RefusesTwoHandlersForOneKind) {
    registry r;
    r.add(std::make_unique<named>("grant"));
    EXPECT_THROW(r.add(std::make_unique<named>("grant")), std::logic_error);
}

TEST(Handler, GivesALaneAllItsSlotsUnlessItKnowsBetter) { EXPECT_EQ(named{"grant"}.lane_slots("x", 4), 4); }

}  // namespace
}  // namespace dormouse::jobs
