#include "tests/integration/doubles/caller.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace dormouse::test {
namespace {

namespace json = boost::json;

/// What a caller and the ledger see of one charge under a fault.
struct seen {
    int status = 0;
    std::string body;
    bool complete = false;
    std::size_t charges = 0;
};

seen charge_under(wallet_world& w, const json::object& fault) {
    w.wallet.fail(fault);
    const auto x = w.charge(wallet_world::order("chg_a", 300));
    return {x.response.status, x.response.body, x.ok() && x.response.body_complete, w.wallet.charges_of("chg_a")};
}

TEST(DoubleFaults, UnreadDropsTheConnectionBeforeTheRequestIsRead) {
    wallet_world w;
    const auto s = charge_under(w, {{"drop", "unread"}});
    EXPECT_EQ(s.status, 0);
    EXPECT_EQ(s.charges, 0U);
    EXPECT_TRUE(w.wallet.requests().empty());
}

TEST(DoubleFaults, BeforeCommitReadsButChargesNothing) {
    wallet_world w;
    const auto s = charge_under(w, {{"drop", "before_commit"}});
    EXPECT_EQ(s.status, 0);
    EXPECT_EQ(s.charges, 0U);
    EXPECT_EQ(w.wallet.requests().size(), 1U);
}

TEST(DoubleFaults, AfterCommitChargesAndSaysNothingUntilTheSameKeyAsksAgain) {
    wallet_world w;
    const auto s = charge_under(w, {{"drop", "after_commit"}});
    EXPECT_EQ(s.status, 0);
    EXPECT_EQ(s.charges, 1U);
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 300)).response.status, 200);
    EXPECT_EQ(w.wallet.charges_of("chg_a"), 1U);
}

TEST(DoubleFaults, MidAnswerChargesAndCutsTheBody) {
    wallet_world w;
    const auto s = charge_under(w, {{"drop", "mid_answer"}});
    EXPECT_FALSE(s.complete);
    EXPECT_EQ(s.charges, 1U);
}

TEST(DoubleFaults, AStatusChargesOnlyWithCommit) {
    wallet_world w;
    auto s = charge_under(w, {{"status", 500}});
    EXPECT_EQ(s.status, 500);
    EXPECT_EQ(s.charges, 0U);
    s = charge_under(w, {{"status", 502}, {"commit", true}});
    EXPECT_EQ(s.status, 502);
    EXPECT_EQ(s.charges, 1U);
}

TEST(DoubleFaults, CreatedKeepsTheHonestAnswer) {
    wallet_world w;
    const auto s = charge_under(w, {{"status", 201}, {"commit", true}});
    EXPECT_EQ(s.status, 201);
    EXPECT_EQ(json::parse(s.body).at("amount"), 300);
}

TEST(DoubleFaults, RetryAfterComesWithTheStatus) {
    wallet_world w;
    w.wallet.fail({{"status", 429}, {"headers", {{"Retry-After", "7"}}}});
    const auto x = w.charge(wallet_world::order("chg_a", 300));
    EXPECT_EQ(x.response.status, 429);
    EXPECT_EQ(x.response.header("retry-after"), "7");
}

TEST(DoubleFaults, EchoReplacesMembersOfAnHonestAnswer) {
    wallet_world w;
    const auto s = charge_under(w, {{"echo", {{"amount", 1}, {"status", "pending"}}}});
    EXPECT_EQ(json::parse(s.body).at("amount"), 1);
    EXPECT_EQ(json::parse(s.body).at("status"), "pending");
    EXPECT_EQ(json::parse(s.body).at("project_id"), "p1");
    EXPECT_EQ(s.charges, 1U);
}

TEST(DoubleFaults, BodiesThatAreNoAnswerCommitAllTheSame) {
    wallet_world w;
    EXPECT_EQ(charge_under(w, {{"body", "<html>"}, {"headers", {{"Content-Type", "text/html"}}}}).body, "<html>");
    EXPECT_EQ(charge_under(w, {{"body", ""}}).body, "");
    const auto truncated = charge_under(w, {{"keep", 20}});
    EXPECT_EQ(truncated.body.size(), 20U);
    EXPECT_TRUE(truncated.complete);
    EXPECT_EQ(truncated.charges, 1U);
}

TEST(DoubleFaults, SpoilsOnlySoManyRequestsOfItsPath) {
    wallet_world w;
    w.wallet.fail({{"path", "/api/wallet/v1/transactions"}, {"times", 2}, {"status", 503}});
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 1)).response.status, 200);
    EXPECT_EQ(w.transactions("project_id=p1").response.status, 503);
    EXPECT_EQ(w.transactions("project_id=p1").response.status, 503);
    EXPECT_EQ(w.transactions("project_id=p1").response.status, 200);
}

TEST(DoubleFaults, AShareSpoilsTheSameRequestsForTheSameSeed) {
    const auto statuses = [](int seed) {
        wallet_world w;
        w.wallet.fail({{"share", 0.5}, {"seed", seed}, {"status", 500}});
        std::vector<int> out;
        for (int i = 0; i < 20; ++i)
            out.push_back(w.charge(wallet_world::order("chg_" + std::to_string(i), 1)).response.status);
        return out;
    };
    const auto once = statuses(7);
    EXPECT_EQ(once, statuses(7));
    EXPECT_GT(std::ranges::count(once, 500), 2);
    EXPECT_GT(std::ranges::count(once, 200), 2);
}

TEST(DoubleFaults, AnEverLastingDropLeavesTheSteeringAlone) {
    wallet_world w;
    w.wallet.fail({{"share", 1}, {"drop", "unread"}});
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 1)).response.status, 0);
    EXPECT_TRUE(w.wallet.ledger().empty());
    w.wallet.reset();
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 1)).response.status, 200);
}

TEST(DoubleFaults, AWaitAfterCommitHoldsBackTheAnswerOnly) {
    wallet_world w;
    w.wallet.fail({{"wait_after_ms", 60'000}});
    boost::asio::io_context io;
    net::http_client client{io.get_executor(), {}};
    const auto x = run_on(io, client.send({.url = w.charge_url(),
                                           .trust = net::trust::configured,
                                           .headers = wallet_world::rights(),
                                           .body = wallet_world::order("chg_a", 1),
                                           .limits = {.first_byte = base::ms{300}}},
                                          base::deadline{}));
    EXPECT_EQ(x.failed, net::failure_class::timeout);
    EXPECT_TRUE(eventually(std::chrono::seconds{20}, [&] { return w.wallet.charges_of("chg_a") == 1; }));
}

TEST(DoubleFaults, ARequestThatEndsTooEarlyIsNone) {
    namespace asio = boost::asio;
    wallet_world w;
    asio::io_context io;
    asio::ip::tcp::socket half{io};
    half.connect({asio::ip::address_v4::loopback(), w.wallet.port()});
    const std::string text = "POST /api/wallet/v1/charge HTTP/1.1\r\nContent-Length: 90\r\n\r\n{\"amount\":1";
    asio::write(half, asio::buffer(text));
    half.shutdown(asio::ip::tcp::socket::shutdown_send);
    std::string answer;
    boost::system::error_code end;
    asio::read(half, asio::dynamic_buffer(answer), end);
    EXPECT_EQ(answer, "");
    EXPECT_TRUE(w.wallet.requests().empty());
}

TEST(DoubleFaults, AStoppedServiceRefusesConnections) {
    wallet_world w;
    w.wallet.stop();
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 1)).failed, net::failure_class::connect);
}

}  // namespace
}  // namespace dormouse::test
