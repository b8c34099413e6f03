// Random lives of a job against a reference model that was written from the prose of the spec, not from the code.
#include "jobs/webhook_delivery/answer.hpp"

#include "tests/unit/jobs/ended.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <set>

namespace dormouse::jobs::webhook_delivery {
namespace {

using namespace test;
using net::failure_class;
using net::progress;
using verb = queue::outcome::verb;

// Remembers every answer and looks back over them instead of counting along.
class model {
public:
    explicit model(int confirmations) : confirmations_{confirmations} {}

    struct verdict {
        verb what;
        bool disable = false;
        base::ms soonest{0};
        base::ms latest{0};
    };

    verdict hear(const net::exchange& e, int attempt, std::optional<base::ms> retry_after) {
        if (e.progress == progress::answered) answers_.push_front(e.response.status);
        if (accepted(e)) return {verb::done};
        if (e.progress != progress::answered) return unheard(e.failed, attempt);
        const int status = e.response.status;
        if (status == 410 && leading({410}) >= confirmations_) return {verb::dead, true};
        if (std::set{413, 414, 431, 501, 505}.contains(status)) return {verb::dead};
        if (std::set{301, 308}.contains(status) && leading({301, 308}) >= 3) return {verb::dead};
        if (attempt == 10) return {verb::dead};
        auto v = planned(attempt);
        if (std::set{502, 503, 504}.contains(status)) v = at_least(v, 60s);
        if (status == 429 && !retry_after) v = at_least(v, 60s);
        if (retry_after && std::set{429, 503}.contains(status)) {
            const auto asked = std::min<base::ms>(*retry_after, 24h);
            v.soonest = std::max(v.soonest, asked);
            v.latest = std::max(v.latest, asked) * 11 / 10;
        }
        return v;
    }

private:
    static bool accepted(const net::exchange& e) {
        return e.progress == progress::answered && e.response.status / 100 == 2;
    }

    static verdict unheard(failure_class c, int attempt) {
        if (std::set{failure_class::bad_url, failure_class::bad_header, failure_class::blocked_target}.contains(c))
            return {verb::dead};
        if (attempt == 10) return {verb::dead};
        return c == failure_class::timeout ? at_least(planned(attempt), 60s) : planned(attempt);
    }

    int leading(const std::set<int>& of) const {
        const auto other = std::find_if(answers_.begin(), answers_.end(), [&](int s) { return !of.contains(s); });
        return static_cast<int>(other - answers_.begin());
    }

    static verdict planned(int attempt) {
        const std::array<base::ms, 10> list{0s, 5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
        if (attempt == 1) return {verb::retry, false, 2s, 10s};
        const auto d = list.at(static_cast<std::size_t>(attempt));
        return {verb::retry, false, d * 3 / 4, d * 5 / 4};
    }

    static verdict at_least(verdict v, base::ms least) {
        v.soonest = std::max(v.soonest, least);
        v.latest = std::max(v.latest, least * 11 / 10);
        return v;
    }

    int confirmations_;
    std::deque<int> answers_;  // newest first
};

net::exchange any_exchange(base::random_engine& random) {
    static const std::array common{200, 301, 301, 301, 308, 302, 400, 404, 410, 410, 410, 429, 500, 503, 504, 413};
    static const std::array failures{
        failure_class::dns,        failure_class::connect,      failure_class::tls,
        failure_class::tls_verify, failure_class::timeout,      failure_class::reset,
        failure_class::bad_url,    failure_class::bad_response, failure_class::blocked_target};
    const auto pick = random.next() % 10;
    if (pick < 5) return answered(common.at(random.next() % common.size()));
    if (pick < 7) return answered(static_cast<int>(100 + random.next() % 500));
    return failed(failures.at(random.next() % failures.size()),
                  random.next() % 2 == 0 ? progress::not_sent : progress::maybe);
}

// Lives one job to its end; returns how many attempts it had.
int live(std::uint64_t seed) {
    base::random_engine random{seed};
    const int confirmations = 1 + static_cast<int>(random.next() % 3);
    model reference{confirmations};
    std::string state;
    for (int attempt = 1; attempt <= 10; ++attempt) {
        const auto e = any_exchange(random);
        std::optional<base::ms> retry_after;
        if (random.next() % 3 == 0) retry_after = base::ms{static_cast<std::int64_t>(random.uniform(0, 200'000'000))};
        const auto d = decide_on(
            e, {.attempt = attempt, .state = state, .retry_after = retry_after, .gone_confirmations = confirmations},
            random.next());
        const auto expected = reference.hear(e, attempt, retry_after);
        const auto where = "seed " + std::to_string(seed) + ", attempt " + std::to_string(attempt) + ", status " +
                           std::to_string(e.response.status) + ", " + d.outcome.reason;
        EXPECT_EQ(d.outcome.what, expected.what) << where;
        EXPECT_EQ(d.disable.has_value(), expected.disable) << where;
        EXPECT_LE(d.outcome.state.size(), 1024U) << where;
        if (d.outcome.what != verb::retry || expected.what != verb::retry) return attempt;
        const auto delay = d.outcome.when.value() - now;
        EXPECT_GE(delay, expected.soonest) << where;
        EXPECT_LE(delay, expected.latest) << where;
        state = d.outcome.state;
    }
    ADD_FAILURE() << "a job without an end, seed " << seed;
    return 10;
}

TEST(AnswerModel, EveryLifeOfAJobFollowsTheReference) {
    std::array<int, 11> lengths{};
    for (std::uint64_t seed = 1; seed <= 5'000 && !testing::Test::HasFailure(); ++seed)
        ++lengths.at(static_cast<std::size_t>(live(seed)));
    for (std::size_t n = 1; n <= 10; ++n) EXPECT_GT(lengths.at(n), 0) << "no life of " << n << " attempts was tried";
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
