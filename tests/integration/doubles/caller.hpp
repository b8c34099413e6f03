#pragma once
// Somebody who calls the doubles as a worker does: through the product's HTTP client.

#include "net/http_client.hpp"
#include "tests/support/run.hpp"
#include "tests/support/service_double.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <utility>
#include <vector>

namespace dormouse::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

class caller {
public:
    net::exchange post(const std::string& url, const header_list& headers, const std::string& body) {
        return send({.url = url, .trust = net::trust::configured, .headers = headers, .body = body});
    }
    net::exchange get(const std::string& url, const header_list& headers) {
        return send({.method = "GET", .url = url, .trust = net::trust::configured, .headers = headers});
    }
    /// All of them at once, on connections of their own; answers in the same order.
    std::vector<net::exchange> post_all(const std::string& url, const header_list& headers,
                                        const std::vector<std::string>& bodies) {
        std::vector<net::exchange> out(bodies.size());
        std::size_t left = bodies.size();
        for (std::size_t i = 0; i < bodies.size(); ++i)
            boost::asio::co_spawn(io_,
                                  client_.send({.url = url,
                                                .trust = net::trust::configured,
                                                .headers = headers,
                                                .body = bodies[i],
                                                .limits = patient()},
                                               base::deadline{}),
                                  [&out, &left, i, this](const std::exception_ptr&, net::exchange x) {
                                      out[i] = std::move(x);
                                      if (--left == 0) io_.stop();
                                  });
        io_.restart();
        io_.run();
        return out;
    }

private:
    static net::phase_limits patient() { return {.first_byte = base::ms{30'000}, .total = base::ms{60'000}}; }
    static config::net_settings plain() {
        config::net_settings s;
        s.allow_http = true;
        return s;
    }
    net::exchange send(net::request r) {
        r.limits = patient();
        return run_on(io_, client_.send(std::move(r), base::deadline{}));
    }

    boost::asio::io_context io_{1};
    net::http_client client_{io_.get_executor(), plain()};
};

inline boost::json::value answer_of(const net::exchange& x) { return boost::json::parse(x.response.body); }

/// A wallet with 1000 in project "p1", and how to charge it.
struct wallet_world {
    explicit wallet_world(const wallet_double::options& o = {}) : wallet{o} { wallet.set_balance("p1", 1000); }

    static std::string order(const std::string& key, std::int64_t amount, const std::string& project = "p1",
                             const std::string& currency = "RUB") {
        return boost::json::serialize(boost::json::object{{"project_id", project},
                                                          {"amount", amount},
                                                          {"currency", currency},
                                                          {"reason", "month (" + key + ")"},
                                                          {"idempotency_key", key}});
    }
    [[nodiscard]] std::string charge_url() const { return wallet.url() + "/api/wallet/v1/charge"; }
    static header_list rights() { return {{"X-Api-Key", "wallet-key"}}; }
    net::exchange charge(const std::string& body) { return call.post(charge_url(), rights(), body); }
    net::exchange transactions(const std::string& query) {
        return call.get(wallet.url() + "/api/wallet/v1/transactions?" + query, rights());
    }

    wallet_double wallet;
    caller call;
};

}  // namespace dormouse::test
