#include "site/subscriptions.hpp"

#include "tests/integration/site/site_database.hpp"

namespace dormouse::site {
namespace {

using namespace std::chrono_literals;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

class Subscriptions : public site_database {
protected:
    Subscriptions() { migrate(); }

    subscription_standing note(licence_step step, std::int64_t version, base::time_ms at = now) {
        return run(table.note(step, 12, version, at, {})).value();
    }
    void done(licence_step step, std::int64_t version) { run(table.done(step, 12, version, now, {})).value(); }
    void give_up(std::int64_t version) { run(table.give_up_provision(12, version, now, {})).value(); }

    pool db{settings()};
    subscriptions table{db};
};

TEST_F(Subscriptions, TheHighestVersionStaysWhateverComesLater) {
    EXPECT_EQ(note(licence_step::period, 3).newest_period, 3);
    EXPECT_EQ(note(licence_step::period, 5).newest_period, 5);
    EXPECT_EQ(note(licence_step::period, 4).newest_period, 5);
    EXPECT_EQ(note(licence_step::provision, 2).newest_provision, 2);
    EXPECT_EQ(note(licence_step::provision, 1).newest_provision, 2);
    EXPECT_EQ(note(licence_step::provision, 1).newest_period, 5) << "the two are counted apart";
}

TEST_F(Subscriptions, WhatIsDoneIsRememberedByItsHighestVersion) {
    note(licence_step::period, 3);
    done(licence_step::period, 3);
    done(licence_step::period, 2);
    EXPECT_EQ(note(licence_step::period, 3).pushed, 3);
    EXPECT_EQ(server.sql("SELECT subscription_id, newest_version, pushed_version, provisioned_at IS NULL, updated_at "
                         "FROM wp_dormouse_subscription"),
              "12\t3\t3\t1\t1795212000000");
}

TEST_F(Subscriptions, AProvisionIsUnderWayUntilItIsDone) {
    EXPECT_EQ(note(licence_step::provision, 1).provisioning_at, now);
    EXPECT_EQ(note(licence_step::period, 2).provisioning_at, now);
    EXPECT_EQ(note(licence_step::provision, 1, now + 1min).provisioning_at, now + 1min) << "the last try counts";
    done(licence_step::provision, 1);
    EXPECT_FALSE(note(licence_step::period, 2).provisioning_at);
    EXPECT_EQ(note(licence_step::provision, 4, now + 2min).provisioning_at, now + 2min) << "a newer one";
}

TEST_F(Subscriptions, AProvisionThatWasGivenUpIsNotUnderWay) {
    note(licence_step::provision, 1);
    give_up(1);
    EXPECT_FALSE(note(licence_step::period, 2).provisioning_at);
    note(licence_step::provision, 3);
    give_up(1);
    EXPECT_EQ(note(licence_step::period, 4).provisioning_at, now) << "only the newest may give up";
}

TEST_F(Subscriptions, EachHasItsOwnRow) {
    note(licence_step::period, 3);
    EXPECT_EQ(run(table.note(licence_step::period, 13, 1, now, {})).value().newest_period, 1);
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_subscription"), "2");
}

}  // namespace
}  // namespace dormouse::site
