// Order among the jobs of a subscription, and the audit file.
#include "tests/integration/jobs/licence_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::after;
using test::licence_world;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using verb = queue::outcome::verb;

TEST(LicenceOrder, AnOlderPeriodIsDroppedWhenANewerOneHasRun) {
    licence_world w;
    w.provisioned();
    w.licence.fail({{"status", 500}});
    const auto old = w.period(2);
    const auto failed = w.kinds.attempt(old);
    ASSERT_EQ(failed.what, verb::retry);
    ASSERT_EQ(w.kinds.attempt(w.period(3)).what, verb::done);
    w.licence.reset();
    const auto out = w.kinds.attempt(after(old, failed, w.kinds.now));
    EXPECT_EQ(out.what, verb::drop);
    EXPECT_EQ(out.reason, "superseded");
    EXPECT_TRUE(w.licence.requests().empty());
}

TEST(LicenceOrder, ANewerPeriodThatFailsStillSupersedes) {
    licence_world w;
    w.provisioned();
    w.licence.fail({{"status", 500}});
    ASSERT_EQ(w.kinds.attempt(w.period(3)).what, verb::retry);
    EXPECT_EQ(w.kinds.attempt(w.period(2)).reason, "superseded");
}

TEST(LicenceOrder, APeriodOfTheSameEventDoesNotDropItsProvision) {
    licence_world w;
    ASSERT_EQ(w.kinds.attempt(w.period(2)).reason, "licence_missing");
    EXPECT_EQ(w.kinds.attempt(w.provision(1)).what, verb::done);
    EXPECT_EQ(w.kinds.attempt(w.provision(4)).what, verb::done);
    EXPECT_EQ(w.kinds.attempt(w.provision(1)).reason, "superseded");
}

TEST(LicenceOrder, ConflictsLookForANewerVersionAtOnce) {
    licence_world w;
    w.provisioned();
    w.licence.fail({{"status", 409}, {"wait_ms", 500}});
    std::jthread newer{[&] {
        EXPECT_TRUE(test::eventually(20s, [&] { return !w.licence.requests().empty(); }));
        w.kinds.db.sql("UPDATE wp_dormouse_subscription SET newest_version = 9");
    }};
    const auto out = w.kinds.attempt(w.period(2));
    EXPECT_EQ(out.what, verb::drop);
    EXPECT_EQ(out.reason, "superseded");
}

TEST(LicenceOrder, APeriodWaitsForAProvisionThatIsBeingTried) {
    licence_world w;
    const auto first = w.provision(1);
    w.licence.fail({{"status", 500}, {"path", licence_world::provision_path}});
    const auto failed = w.kinds.attempt(first);
    ASSERT_EQ(failed.what, verb::retry);
    const auto waits = w.kinds.attempt(w.period(2));
    EXPECT_EQ(waits.what, verb::defer);
    EXPECT_EQ(waits.reason, "provision_first");
    EXPECT_TRUE(w.licence.requests(licence_world::period_path).empty());
    EXPECT_THAT(w.audit_lines(), IsEmpty()) << "no attempt was made";
    ASSERT_EQ(w.kinds.attempt(after(first, failed, w.kinds.now)).what, verb::done);
    EXPECT_EQ(w.kinds.attempt(w.period(2)).what, verb::done);
}

TEST(LicenceOrder, AProvisionThatWasGivenUpHoldsNobodyUp) {
    licence_world w;
    w.licence.fail({{"status", 400}, {"path", licence_world::provision_path}});
    ASSERT_EQ(w.kinds.attempt(w.provision(1)).what, verb::dead);
    EXPECT_EQ(w.kinds.attempt(w.period(2)).reason, "licence_missing") << "the safety net takes over";
}

TEST(LicenceOrder, AProvisionThatVanishedHoldsAPeriodUpForLessThanAnHour) {
    licence_world w;
    w.licence.fail({{"status", 500}});
    ASSERT_EQ(w.kinds.attempt(w.provision(1)).what, verb::retry);
    EXPECT_EQ(w.kinds.attempt(w.period(2)).reason, "provision_first");
    w.kinds.now += 1h;
    EXPECT_EQ(w.kinds.attempt(w.period(2)).reason, "licence_missing");
}

TEST(LicenceOrder, BothKindsOfASubscriptionShareALimit) {
    licence_world w;
    for (const auto* kind : {"license-provision", "period-push"}) {
        auto& handler = *w.kinds.registry.find(kind);
        EXPECT_THAT(handler.limits(w.period().job.args),
                    testing::ElementsAre(queue::limit{.name = "subscription:12", .most = 1}));
        EXPECT_EQ(handler.target({}), "licence");
        EXPECT_FALSE(handler.check({{"subscription_id", 12}}));
    }
}

TEST(LicenceOrder, IsNotGuessedWhileTheTableCannotBeRead) {
    licence_world w;
    w.kinds.db.sql("RENAME TABLE wp_dormouse_subscription TO wp_elsewhere");
    const auto out = w.kinds.attempt(w.period());
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "table_unavailable");
    EXPECT_TRUE(w.licence.requests().empty());
}

TEST(LicenceAudit, EveryAttemptIsALineAndHoldsNoSecret) {
    licence_world w{[](config::settings& s) { s.licence.previous_secret = base::secret{"the secret before"}; }};
    w.provisioned();
    const auto claimed = w.period(3);
    w.licence.fail({{"status", 500}});
    const auto failed = w.kinds.attempt(claimed);
    EXPECT_EQ(w.kinds.attempt(after(claimed, failed, w.kinds.now)).what, verb::done);
    EXPECT_EQ(w.kinds.attempt(w.period(2)).reason, "superseded");
    w.licence.accept_only("nobody's");
    EXPECT_EQ(w.kinds.attempt(w.period(4)).reason, "unauthorized");
    const auto lines = w.audit_lines();
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_THAT(lines[0], AllOf(HasSubstr("Z PERIOD PUSH subscription=wc_sub_12 version=3 period=month interval=1 "
                                          "next=2026-12-21T10:00:00Z attempt=1 status=500 updated=-"),
                                EndsWith("result=retry reason=server_error")));
    EXPECT_THAT(lines[1], EndsWith("attempt=2 status=200 updated=1 result=ok"));
    EXPECT_THAT(lines[2], AllOf(HasSubstr("version=2"), EndsWith("status=- updated=- result=drop reason=superseded")));
    EXPECT_THAT(lines[3], EndsWith("status=401 updated=- result=defer reason=unauthorized"));
    for (const auto& line : lines)
        for (const auto* secret : {licence_world::secret, "the secret before", "anna@example.com"})
            EXPECT_THAT(line, Not(HasSubstr(secret)));
}

TEST(LicenceAudit, AnAttemptThatIsCutOffByItsDeadlineIsALineToo) {
    licence_world w;
    w.provisioned();
    w.licence.fail({{"wait_after_ms", 4000}});
    const auto claimed = w.period();
    const auto cut = w.kinds.attempt(claimed, 2s);
    EXPECT_EQ(cut.what, verb::retry);
    EXPECT_EQ(cut.reason, "timeout");
    EXPECT_EQ(w.kinds.attempt(after(claimed, cut, w.kinds.now)).what, verb::done);
    const auto lines = w.audit_lines();
    ASSERT_THAT(lines, SizeIs(2));
    EXPECT_THAT(lines[0], EndsWith("status=- updated=- result=retry reason=timeout"));
}

TEST(LicenceAudit, AFileThatWasRotatedAwayIsMadeAnew) {
    licence_world w;
    w.provisioned();
    ASSERT_EQ(w.kinds.attempt(w.period(2)).what, verb::done);
    std::filesystem::rename(w.dir.path() / "licence.log", w.dir.path() / "licence.log.1");
    ASSERT_EQ(w.kinds.attempt(w.period(3)).what, verb::done);
    EXPECT_THAT(w.audit_lines("licence.log.1"), SizeIs(1));
    EXPECT_THAT(w.audit_lines(), SizeIs(1));
    EXPECT_EQ(std::filesystem::status(w.dir.path() / "licence.log").permissions() & std::filesystem::perms::others_all,
              std::filesystem::perms::none);
}

TEST(LicenceAudit, ALineThatCannotBeWrittenFailsNoJob) {
    licence_world w{[](config::settings& s) { s.licence.audit_log = "/nowhere/at/all/licence.log"; }};
    w.provisioned();
    testing::internal::CaptureStderr();
    const auto out = w.kinds.attempt(w.period());
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(out.what, verb::done);
    EXPECT_THAT(log, HasSubstr("licence.audit_unwritten"));
    EXPECT_THAT(log, HasSubstr("/nowhere/at/all/licence.log"));
}

}  // namespace
}  // namespace dormouse::jobs
