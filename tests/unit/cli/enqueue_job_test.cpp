#include "cli/enqueue_job.hpp"

#include "queue/envelope.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dormouse::cli {
namespace {

using namespace std::chrono_literals;

const auto now = base::from_epoch_ms(1'795'212'000'000);

config::settings some_settings() {
    config::settings s;
    s.queue.signing_keys = {{"grants", base::secret{"0123456789abcdef-g"}, {"grant"}},
                            {"all", base::secret{"0123456789abcdef-a"}, {}}};
    return s;
}

base::result<signed_job> make(const job_words& w, const std::string& key_id = {},
                              const config::settings& s = some_settings()) {
    std::istringstream none;
    return make_signed_job(w, key_id, s, now, none);
}

job_words words(const std::string& kind = "webhook-delivery") {
    job_words w;
    w.kind = kind;
    return w;
}

std::string complaint(const job_words& w) {
    const auto r = make(w);
    return r ? "no complaint" : r.error().detail;
}

TEST(EnqueueJob, CarriesEverythingThatWasSaid) {
    auto w = words();
    w.args = R"({"hook_id":7})";
    w.key = "order:15";
    w.queue = "webhook";
    w.priority = "low";
    w.in = "5m";
    w.timeout = "20s";
    w.max_attempts = 3;
    const auto made = make(w).value();
    const auto j = *queue::read_admitted(made.envelope);
    EXPECT_EQ(j.id, made.id);
    EXPECT_EQ(j.site, "main");
    EXPECT_EQ(j.args.at("hook_id").as_int64(), 7);
    EXPECT_EQ(j.key, "order:15");
    EXPECT_EQ(j.queue, "webhook");
    EXPECT_EQ(j.priority, queue::priority_low);
    EXPECT_EQ(j.at, std::optional{now + 5min});
    EXPECT_EQ(j.timeout, std::optional<base::ms>{20s});
    EXPECT_EQ(j.max_attempts, std::optional{3});
    EXPECT_EQ(j.issued_at, now);
}

TEST(EnqueueJob, SignsWithTheFirstKeyThatMay) {
    EXPECT_TRUE(make(words("grant"))->envelope.starts_with("v1.grants."));
    EXPECT_TRUE(make(words())->envelope.starts_with("v1.all."));
    EXPECT_TRUE(make(words("grant"), "all")->envelope.starts_with("v1.all."));
}

TEST(EnqueueJob, RefusesAKeyThatIsNotThereOrMayNot) {
    EXPECT_EQ(make(words(), "none").error().detail, "--key-id: queue.signing_keys has no key 'none'");
    EXPECT_EQ(make(words(), "grants").error().detail, "--key-id: the key 'grants' may not enqueue webhook-delivery");
    auto s = some_settings();
    s.queue.signing_keys.pop_back();
    EXPECT_EQ(make(words(), "", s).error().detail, "none of queue.signing_keys may enqueue webhook-delivery");
}

TEST(EnqueueJob, SignsNothingWhereOnlyUnsignedJobsArePossible) {
    auto s = some_settings();
    s.queue.signing_keys.clear();
    s.queue.allow_unsigned = true;
    EXPECT_TRUE(make(words(), "", s)->envelope.starts_with("{"));
}

TEST(EnqueueJob, NamesTheWordThatIsWrong) {
    EXPECT_TRUE(complaint(words("Webhook")).starts_with("KIND: expected"));
    auto w = words();
    w.queue = "a b";
    EXPECT_TRUE(complaint(w).starts_with("--queue: expected"));
    w = words();
    w.key = std::string(201, 'k');
    EXPECT_TRUE(complaint(w).starts_with("--key: expected"));
    for (const auto* const timeout : {"0s", "1500ms", "2h", "long"}) {
        w = words();
        w.timeout = timeout;
        EXPECT_TRUE(complaint(w).starts_with("--timeout: expected")) << timeout;
    }
    w = words();
    w.priority = "urgent";
    EXPECT_TRUE(complaint(w).starts_with("--prio: expected"));
}

TEST(EnqueueJob, WhatAdmissionWouldRefuseIsRefusedHere) {
    auto w = words();
    w.args = R"({"text":")" + std::string(300UL * 1024, 'x') + "\"}";
    EXPECT_TRUE(complaint(w).starts_with("this job would be refused: too_large")) << complaint(w);
}

}  // namespace
}  // namespace dormouse::cli
