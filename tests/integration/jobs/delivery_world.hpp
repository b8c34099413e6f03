#pragma once
// Everything the kind webhook-delivery works with, real and private to one test: MariaDB with the site's tables, a
// receiver for every behaviour, the HTTP client, the handler.

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
#include "tests/support/receiver_zoo.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>

namespace dormouse::test {

enum class hook_shape { seed, module };

class delivery_world {
public:
    struct options {
        hook_shape shape = hook_shape::seed;
        std::string charset{};  ///< Of the seed's tables; empty = the database's.
        bool tls = false;
        std::function<void(config::settings&)> adjust = [](config::settings&) {};
    };
    delivery_world() : delivery_world{options{}} {}
    explicit delivery_world(const options& o);
    ~delivery_world();
    delivery_world(const delivery_world&) = delete;
    delivery_world& operator=(const delivery_world&) = delete;

    /// A new active hook with the receiver's path (or a whole URL); its id.
    std::int64_t add_hook(const std::string& path_or_url, const std::string& secret = "plain-secret",
                          const std::string& event = "purchase");

    /// A job for the hook: first attempt, {"n":1} as payload, an id of its own.
    [[nodiscard]] queue::claimed_job job_for(std::int64_t hook_id);

    /// Runs one attempt to its end.
    queue::outcome attempt(const queue::claimed_job& claimed);
    queue::outcome attempt_with(jobs::handler& other, const queue::claimed_job& claimed);
    /// Runs one attempt of each at the same time.
    std::vector<queue::outcome> attempt_all(const std::vector<queue::claimed_job>& all);
    queue::outcome deliver(std::int64_t hook_id) { return attempt(job_for(hook_id)); }

    /// Runs attempts, each with what the one before left behind, until the job is settled for good; the last outcome.
    queue::outcome deliver_to_the_end(queue::claimed_job claimed);

    /// Starts one attempt, cancels it once the receiver has `count` requests for `prefix`, runs it to its end.
    queue::outcome cancel_midway(const queue::claimed_job& claimed, std::size_t count, std::string_view prefix);

    /// The columns of the job's newest row in dormouse_delivery, parted by tabs.
    [[nodiscard]] std::string own_row(const std::string& job_id, const std::string& columns) const;

    mariadb_server db;
    receiver_zoo zoo;
    config::settings settings;
    boost::asio::io_context io;
    site::pool pool;
    site::hooks hooks;
    site::deliveries deliveries;
    net::http_client http;
    site::charges charges;
    site::subscriptions subscriptions;
    jobs::registry registry;
    jobs::handler& handler;

private:
    [[nodiscard]] base::awaitable<queue::outcome> one_attempt(jobs::handler& h, queue::claimed_job claimed);

    hook_shape shape_;
    base::random_engine random_{7};
    int jobs_ = 0;
};

}  // namespace dormouse::test
