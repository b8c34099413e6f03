#include "tests/integration/queue/redis_client.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue::redis {
namespace {

/// A certificate authority of its own and a certificate for 127.0.0.1 (and for no name).
class certificates {
public:
    certificates() {
        openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=Test CA", "-keyout", dir_.file("ca.key"), "-out", ca()});
        openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=redis",
                 "-keyout", key(), "-out", dir_.file("redis.csr")});
        test::write_file(dir_.file("san"), "subjectAltName=IP:127.0.0.1\n");
        openssl({"x509", "-req", "-days", "2", "-in", dir_.file("redis.csr"), "-CA", ca(), "-CAkey",
                 dir_.file("ca.key"), "-CAcreateserial", "-extfile", dir_.file("san"), "-out", certificate()});
    }
    [[nodiscard]] std::string ca() const { return dir_.file("ca.pem"); }
    [[nodiscard]] std::string certificate() const { return dir_.file("redis.pem"); }
    [[nodiscard]] std::string key() const { return dir_.file("redis.key"); }

private:
    static void openssl(std::vector<std::string> words) {
        words.insert(words.begin(), "openssl");
        test::child_process run{words};
        if (run.wait(30s) != 0) throw std::runtime_error{"openssl " + words[1] + " failed"};
    }
    test::temp_dir dir_;
};

class RedisTls : public testing::Test {
protected:
    certificates made_;
    std::uint16_t port_ = test::free_port();
    redis_server server_{
        {.extra = {"--tls-port", std::to_string(port_), "--tls-cert-file", made_.certificate(), "--tls-key-file",
                   made_.key(), "--tls-ca-cert-file", made_.ca(), "--tls-auth-clients", "no"}}};

    [[nodiscard]] connection_options to(const std::string& host) const {
        return options_for("rediss://" + host + ":" + std::to_string(port_));
    }
};

TEST_F(RedisTls, TrustsTheGivenAuthorityAndReconnects) {
    auto o = to("127.0.0.1");
    o.ca_file = made_.ca();
    with_connection(server_, o, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        const std::string big(3'000'000, 'x');
        (co_await c.exec({"SET", "big", big})).value();
        EXPECT_TRUE((co_await c.exec({"GET", "big"})).value().text() == big);
        (void)s.cli({"CLIENT", "KILL", "TYPE", "normal"});
        EXPECT_TRUE(co_await reaches_generation(c, 2));
        co_await expect_it_works(c);
    });
}

TEST_F(RedisTls, RefusesAnUnknownAuthority) {
    with_connection(server_, to("127.0.0.1"), [](connection& c, redis_server&) -> base::awaitable<> {
        const auto failure = co_await first_failure(c);
        EXPECT_TRUE(failure == errc::denied) << failure.message();
    });
}

TEST_F(RedisTls, RefusesACertificateForAnotherName) {
    auto o = to("localhost");
    o.ca_file = made_.ca();
    with_connection(server_, o, [](connection& c, redis_server&) -> base::awaitable<> {
        const auto failure = co_await first_failure(c);
        EXPECT_TRUE(failure == errc::denied) << failure.message();
    });
}

TEST_F(RedisTls, NamesAnAuthorityFileThatCannotBeRead) {
    auto o = to("127.0.0.1");
    o.ca_file = "/nowhere/ca.pem";
    with_connection(server_, o, [](connection& c, redis_server&) -> base::awaitable<> {
        const auto failure = co_await first_failure(c);
        EXPECT_TRUE(failure == errc::invalid_argument);
        EXPECT_NE(failure.detail.find("/nowhere/ca.pem"), std::string::npos);
    });
}

}  // namespace
}  // namespace dormouse::queue::redis
