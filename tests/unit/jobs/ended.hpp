#pragma once
// Ends of attempts, made by hand for the tests of the answer table.

#include "jobs/webhook_delivery/answer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dormouse::jobs::webhook_delivery::test {

using namespace std::chrono_literals;

inline const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

inline net::exchange answered(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::exchange e;
    e.progress = net::progress::answered;
    e.response.status = status;
    e.response.headers = std::move(headers);
    e.duration = 12ms;
    return e;
}

inline net::exchange failed(net::failure_class c, net::progress p, std::string detail = "what happened") {
    net::exchange e;
    e.failed = c;
    e.progress = p;
    e.detail = std::move(detail);
    return e;
}

/// Everything else a decision depends on, with ordinary values.
struct circumstances {
    int attempt = 2;
    int last_attempt = 10;
    std::string state{};
    std::optional<base::ms> retry_after{};
    std::optional<base::time_ms> expire{};
    int gone_confirmations = 1;
};

inline decision decide_on(const net::exchange& e, const circumstances& c = {}, std::uint64_t seed = 1) {
    base::random_engine random{seed};
    return decide({.exchange = e,
                   .retry_after = c.retry_after,
                   .attempt = c.attempt,
                   .last_attempt = c.last_attempt,
                   .state = c.state,
                   .now = now,
                   .expire = c.expire,
                   .gone_confirmations = c.gone_confirmations,
                   .hook_id = 7,
                   .url = "https://user:pw@example.com/in?token=abc",
                   .webhook_id = "msg_1"},
                  random);
}

}  // namespace dormouse::jobs::webhook_delivery::test
