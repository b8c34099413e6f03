#include "queue/readmit.hpp"

#include "base/ulid.hpp"
#include "queue/history.hpp"
#include "queue/keys.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue {
namespace {

using namespace std::chrono_literals;

const auto now = base::from_epoch_ms(1'795'212'000'000);
const std::string id = "01KAGN4V0RT5M5W3Q2J8X6Z7YB";

config::signing_key key(const std::string& kid, const std::string& text) { return {kid, base::secret{text}, {}}; }

job some_job() {
    job j;
    j.id = id;
    j.kind = "grant";
    j.site = "main";
    return j;
}

history dead_for(const std::string& reason) { return as_dead({}, reason, "", now); }

base::result<job> judge(const std::string& envelope, const std::string& reason, base::time_ms at = now) {
    const keyring keys{{key("site-1", "0123456789abcdef")}};
    return readmit(id, envelope, dead_for(reason), keys, {"main"}, at);
}

std::string sign(const job& j, const std::string& kid, const std::string& text) {
    return sign_envelope(to_json(j), kid, base::secret{text});
}

TEST(Readmit, AJobThatWasAdmittedOnceIsBelievedWithoutItsKey) {
    const auto r = judge(sign(some_job(), "retired", "a key of long ago"), "hook_gone");
    ASSERT_TRUE(r) << r.error().message();
    EXPECT_EQ(r->id, id);
    EXPECT_EQ(r->kind, "grant");
}

TEST(Readmit, AJobThatAdmissionRefusedIsJudgedAgain) {
    for (const auto* const reason : {"bad_signature", "unknown_key", "unsigned", "wrong_site", "bad_field", ""}) {
        EXPECT_TRUE(judge(sign(some_job(), "site-1", "0123456789abcdef"), reason)) << reason;
        const auto forged = judge(sign(some_job(), "site-1", "another key, same id"), reason);
        ASSERT_TRUE(forged.has_error()) << reason;
        EXPECT_EQ(forged.error(), base::errc::conflict);
        EXPECT_NE(forged.error().detail.find("bad_signature"), std::string::npos) << forged.error().detail;
    }
}

TEST(Readmit, UnreadableAndForeignEnvelopesAreRefused) {
    EXPECT_TRUE(judge("{", "worker_died").has_error());
    EXPECT_TRUE(judge("", "worker_died").has_error());
    auto other = some_job();
    other.id = base::make_ulid(now);
    EXPECT_TRUE(judge(to_json(other), "worker_died").has_error());
}

TEST(Readmit, AJobThatExpiredIsRefusedFromThatMomentOn) {
    auto j = some_job();
    j.expire = now;
    EXPECT_TRUE(judge(to_json(j), "hook_gone", now - 1ms));
    EXPECT_TRUE(judge(to_json(j), "hook_gone", now).has_error());
}

TEST(Readmit, AJobStampedOnAdmissionKeepsItsStampedId) {
    auto j = some_job();
    j.id.clear();
    const auto r = judge(stamp(id, to_json(j)), "hook_gone");
    ASSERT_TRUE(r) << r.error().message();
    EXPECT_EQ(r->id, id);
}

TEST(KeyValue, IsReadBackAsItWasWritten) {
    const auto back = read_key_value(key_value(id, now));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id, id);
    EXPECT_EQ(back->until, now);
    for (const auto* const text : {"", "x", "x ", "x 1y", " "}) EXPECT_FALSE(read_key_value(text)) << text;
}

TEST(Ulid, TellsWhenItWasMade) {
    for (const auto t : {base::from_epoch_ms(0), now, base::from_epoch_ms((std::int64_t{1} << 48) - 1)})
        EXPECT_EQ(base::ulid_time(base::make_ulid(t)), t);
}

}  // namespace
}  // namespace dormouse::queue
