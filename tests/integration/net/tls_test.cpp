#include "tests/integration/net/client_world.hpp"

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

TEST(Tls, AGoodCertificateIsAcceptedByAddressAndByName) {
    client_world w{{.tls = true}};
    EXPECT_EQ(w.post(w.zoo.tls_url("good", "/ok")).response.status, 200);
    const auto by_name = w.send({.url = "https://localhost:" + std::to_string(w.zoo.port("tls_good")) + "/ok",
                                 .trust = trust::configured,
                                 .limits = patient()});
    EXPECT_EQ(by_name.response.status, 200) << by_name.detail;
    EXPECT_EQ(w.client->counters().tls_full, 2U);
}

TEST(Tls, NewConnectionsResumeTheSession) {
    client_world w{{.tls = true}};
    for (const auto* kind : {"good", "12"}) {  // TLS 1.3 and 1.2
        const auto url = w.zoo.tls_url(kind, "/ok");
        EXPECT_FALSE(w.post(url).tls_resumed);
        for (int i = 0; i < 3; ++i) {
            w.client->close_idle();
            const auto e = w.post(url);
            EXPECT_TRUE(e.tls_resumed) << kind;
            EXPECT_FALSE(e.reused);
        }
        EXPECT_TRUE(w.zoo.requests().back().tls_resumed) << "the server agrees";
    }
    EXPECT_EQ(w.client->counters().tls_full, 2U);
    EXPECT_EQ(w.client->counters().tls_resumed, 6U);
}

TEST(Tls, ConnectionsAreReused) {
    client_world w{{.tls = true}};
    for (int i = 0; i < 5; ++i) EXPECT_EQ(w.post(w.zoo.tls_url("good", "/ok")).reused, i > 0);
}

TEST(Tls, BadCertificatesAreRefusedBeforeAnythingIsSent) {
    client_world w{{.tls = true}};
    for (const auto* kind : {"expired", "wrong_name", "self_signed", "unknown_ca"}) {
        const auto e = w.post(w.zoo.tls_url(kind, "/ok"));
        EXPECT_EQ(e.failed, failure_class::tls_verify) << kind << ": " << e.detail;
        EXPECT_EQ(e.progress, progress::not_sent);
    }
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(Tls, BrokenHandshakesAreNoVerifyFailures) {
    client_world w{{.tls = true}};
    for (const auto* kind : {"10", "reset", "garbage"}) {
        const auto e = w.post(w.zoo.tls_url(kind, "/ok"));
        EXPECT_EQ(e.failed, failure_class::tls) << kind << ": " << e.detail;
        EXPECT_EQ(e.progress, progress::not_sent);
    }
}

TEST(Tls, ASilentHandshakeEndsAtItsLimit) {
    client_world w{{.tls = true}};
    request r{.url = w.zoo.tls_url("silent", "/ok"), .limits = patient()};
    r.limits.tls = base::ms{40};
    const auto e = w.send(r);
    EXPECT_EQ(e.failed, failure_class::tls);
    EXPECT_EQ(e.progress, progress::not_sent);
    EXPECT_LT(e.duration, base::ms{20'000});
}

TEST(Tls, BodiesCapsAndCutConnectionsAreTheSameAsWithout) {
    client_world w{{.tls = true}};
    EXPECT_EQ(w.post(w.zoo.tls_url("good", "/body/65536")).response.body.size(), 65'536U);
    EXPECT_FALSE(w.post(w.zoo.tls_url("good", "/endless")).response.body_complete);
    EXPECT_FALSE(w.post(w.zoo.tls_url("good", "/length-too-long")).response.body_complete);
    EXPECT_EQ(w.post(w.zoo.tls_url("good", "/reset")).failed, failure_class::reset);
    const auto big = w.post(w.zoo.tls_url("good", "/echo"), std::string(20'000, 'x'));
    EXPECT_TRUE(big.response.body_complete) << big.response.body_error;
}

TEST(Tls, AnUnreadableCaFileIsNamedAtTheStart) {
    boost::asio::io_context io;
    config::net_settings s;
    s.ca_file = "/nonexistent/ca.pem";
    try {
        const http_client client{io.get_executor(), s};
        FAIL() << "accepted";
    } catch (const base::failure& e) {
        EXPECT_NE(std::string{e.what()}.find("/nonexistent/ca.pem"), std::string::npos) << e.what();
        EXPECT_NE(std::string{e.what()}.find("net.ca_file"), std::string::npos) << e.what();
    }
}

}  // namespace
}  // namespace dormouse::net
