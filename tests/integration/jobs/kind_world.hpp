#pragma once
// Everything a kind that calls one API works with, real and private to one test: MariaDB with our tables, the HTTP
// client, the handlers. Time is the test's: an attempt is told when it is.

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "jobs/registry.hpp"
#include "net/http_client.hpp"
#include "queue/job.hpp"
#include "queue/outcome.hpp"
#include "site/charges.hpp"
#include "site/deliveries.hpp"
#include "site/hooks.hpp"
#include "site/pool.hpp"
#include "site/subscriptions.hpp"
#include "tests/support/mariadb_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dormouse::test {

class kind_world {
public:
    /// `adjust` fills in the kind's section; `ports` are those of the doubles.
    kind_world(const std::vector<std::uint16_t>& ports, const std::function<void(config::settings&)>& adjust);
    ~kind_world();
    kind_world(const kind_world&) = delete;
    kind_world& operator=(const kind_world&) = delete;

    /// A job with an id of its own, never attempted.
    [[nodiscard]] queue::claimed_job job(const std::string& kind, boost::json::object args);

    /// Runs one attempt to its end, at `now`. `limit` is its deadline; zero = the kind's own.
    queue::outcome attempt(const queue::claimed_job& claimed, base::ms limit = {});
    /// Runs one attempt of each at the same time.
    std::vector<queue::outcome> attempt_all(const std::vector<queue::claimed_job>& all);
    /// Attempts the job, with what the one before left behind and at the time it asked for, until it is done, dead or
    /// dropped, at most `most` times. The last outcome.
    queue::outcome attempt_to_the_end(queue::claimed_job claimed, int most = 50);

    base::time_ms now = base::system_clock().now();
    mariadb_server db;
    config::settings settings;
    boost::asio::io_context io;
    site::pool pool;
    site::hooks hooks;
    site::deliveries deliveries;
    net::http_client http;
    site::charges charges;
    site::subscriptions subscriptions;
    jobs::registry registry;

private:
    [[nodiscard]] base::awaitable<queue::outcome> one_attempt(queue::claimed_job claimed, base::ms limit);

    base::random_engine random_{7};
    int jobs_ = 0;
};

/// What the worker remembers of an attempt that is not the last.
[[nodiscard]] queue::claimed_job after(queue::claimed_job claimed, const queue::outcome& o, base::time_ms now);

}  // namespace dormouse::test
