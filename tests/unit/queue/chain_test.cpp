// `then` in an envelope, and the job that comes of it.
#include "base/ulid.hpp"
#include "queue/envelope.hpp"
#include "queue/follower.hpp"
#include "queue/limit_text.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue {
namespace {

const base::secret& the_key() {
    static const base::secret key{"0123456789abcdef-test"};
    return key;
}

job chain(int length) {
    job first;
    first.id = "01M842J7G000000000000000A1";
    first.kind = "wallet-charge";
    first.site = "main";
    for (; length > 0; --length) {
        job next;
        next.kind = "grant";
        next.args["step"] = length;
        next.key = "grant:" + std::to_string(length);
        next.then = first.then;
        first.then = std::make_shared<const job>(next);
    }
    return first;
}

boost::system::result<job, rejection> read_signed(const std::string& json, std::vector<std::string> kinds = {}) {
    const keyring ring{{config::signing_key{"k1", the_key(), std::move(kinds)}}};
    return read_envelope(sign_envelope(json, "k1", the_key()), ring, {"main", false, 4096},
                         base::from_epoch_ms(1795212000000));
}

std::string detail_of(const std::string& then) {
    const auto read = read_signed(R"({"v":1,"kind":"grant","site":"main","args":{},"then":)" + then + "}");
    return read.has_error() ? read.error().detail : "it was accepted";
}

TEST(Chain, IsReadAsItWasWritten) {
    const auto j = chain(longest_chain);
    const auto read = read_signed(to_json(j));
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    EXPECT_EQ(to_json(*read), to_json(j));
    EXPECT_EQ(read->then->then->then->then->args.at("step"), 4);
}

TEST(Chain, WhatIsWrongInItIsNamedByItsPath) {
    EXPECT_EQ(read_signed(to_json(chain(longest_chain + 1))).error().detail,
              "then.then.then.then.then: expected at most 4 jobs one after another");
    EXPECT_EQ(detail_of(R"({"kind":"grant","args":{},"then":{"kind":"grant","args":{},"prio":9}})"),
              "then.then.prio: expected a whole number from 0 to 2");
    EXPECT_EQ(detail_of(R"({"kind":"grant","args":{},"at":5})"),
              "then.at: expected nothing: a job in `then` takes it from the first");
    EXPECT_EQ(detail_of(R"({"kind":"grant"})"), "then.args: missing");
    EXPECT_EQ(detail_of("7"), "then: expected an object");
}

TEST(Chain, NeedsAKeyThatMayEnqueueEveryKindInIt) {
    EXPECT_TRUE(read_signed(to_json(chain(2)), {"wallet-charge", "grant"}).has_value());
    const auto refused = read_signed(to_json(chain(2)), {"wallet-charge"});
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().reason, "kind_not_allowed");
    EXPECT_EQ(refused.error().detail, "this signing key may not enqueue grant");
}

TEST(Follower, IsAJobOfItsOwnWithAnIdThatFollowsFromItsParents) {
    auto parent = chain(2);
    parent.trace = "t-1";
    const auto now = base::from_epoch_ms(1795212005000);
    const auto next = follower_of(parent, now);
    EXPECT_EQ(next.id, follower_id(parent.id));
    EXPECT_TRUE(base::is_ulid(next.id));
    EXPECT_EQ(base::ulid_time(next.id), base::ulid_time(parent.id));
    EXPECT_NE(next.id, parent.id);
    EXPECT_NE(follower_id(next.id), next.id);
    EXPECT_NE(follower_id("01M842J7G000000000000000A2"), next.id);
    EXPECT_EQ(next.site, "main");
    EXPECT_EQ(next.trace, "t-1");
    EXPECT_EQ(next.issued_at, now);
    EXPECT_EQ(next.key, "grant:1");
}

TEST(Follower, IsStoredAsAnEnvelopeLikeAnyOther) {
    const auto next = follower_of(chain(2), base::from_epoch_ms(1795212005000));
    const auto stored = read_admitted(to_json(next));
    ASSERT_TRUE(stored.has_value()) << stored.error().detail;
    EXPECT_EQ(to_json(*stored), to_json(next));
    EXPECT_EQ(stored->then->key, "grant:2");
}

TEST(LimitText, SaysWhatWasWritten) {
    const std::vector<limit> limits{{"site", 2, {}}, {"user:Ёж", 1, 60}};
    const auto read = read_limit_text(limit_text("default", limits));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->queue, "default");
    EXPECT_EQ(read->limits, limits);
    for (const auto* other : {"", "default", "default x", "default x 1", "default x one 0"})
        EXPECT_FALSE(read_limit_text(other)) << other;
}

}  // namespace
}  // namespace dormouse::queue
