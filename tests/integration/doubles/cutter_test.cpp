#include "tests/integration/doubles/caller.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

constexpr int calls = 60;

struct outcome {
    int good = 0;
    std::size_t cuts = 0;
    std::size_t charged = 0;
};

/// Charges with `calls` keys, one connection each, through a cutter; no charge is repeated.
outcome charge_through(double share, int seed) {
    wallet_world w{{.one_request_per_connection = true}};
    connection_cutter cutter{w.wallet.port(), share, seed};
    outcome o;
    for (int i = 0; i < calls; ++i) {
        const auto x = w.call.post(cutter.url() + "/api/wallet/v1/charge", wallet_world::rights(),
                                   wallet_world::order("chg_" + std::to_string(i), 1));
        if (x.ok() && x.response.status == 200 && x.response.body_complete) ++o.good;
    }
    o.cuts = cutter.cuts();
    o.charged = w.wallet.ledger().size();
    const auto requests = w.wallet.requests();
    for (const auto& r : requests)
        EXPECT_EQ(std::to_string(r.body.size()), r.headers.at("content-length")) << "half a request was taken for one";
    return o;
}

TEST(ConnectionCutter, PassesEverythingOnWhenItCutsNothing) {
    const auto o = charge_through(0.0, 1);
    EXPECT_EQ(o.good, calls);
    EXPECT_EQ(o.cuts, 0U);
}

TEST(ConnectionCutter, BreaksRequestsAndAnswersSoThatSomeChargesHappenUnheard) {
    const auto o = charge_through(0.5, 3);
    EXPECT_GE(o.cuts, 10U);
    EXPECT_LT(o.good, calls);
    EXPECT_GT(o.charged, static_cast<std::size_t>(o.good)) << "no answer was cut";
    EXPECT_LT(o.charged, static_cast<std::size_t>(calls)) << "no request was cut";
}

TEST(ConnectionCutter, RefusesByResetWhenNobodyListensBehindIt) {
    wallet_world w;
    connection_cutter cutter{w.wallet.port(), 0.0};
    w.wallet.stop();
    EXPECT_FALSE(w.call.post(cutter.url() + "/api/wallet/v1/charge", {}, "{}").ok());
}

}  // namespace
}  // namespace dormouse::test
