#pragma once
// The request of one attempt, and the row that tells of it. Pure.

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "jobs/webhook_delivery/answer.hpp"
#include "jobs/webhook_delivery/args.hpp"
#include "net/http_client.hpp"
#include "queue/job.hpp"
#include "site/deliveries.hpp"
#include "site/hooks.hpp"

#include <string>

namespace dormouse::jobs::webhook_delivery {

/// One attempt to tell `hook` of a fact.
struct message {
    const queue::claimed_job& claimed;
    const delivery_args& args;
    const site::hook& hook;
    std::string webhook_id;
    base::time_ms at;  ///< The machine's time when the attempt is sent; receivers compare it with theirs.
};

/// POST to the hook's URL with the headers that docs/kinds/webhook-delivery.md promises; those of the configuration
/// come last. User-Agent and Content-Type are the client's.
[[nodiscard]] net::request make_request(const message& m, const config::webhook_settings& settings);

/// The row of an attempt that ended so. Without an answer the body is `ERR <class> <short text>`.
[[nodiscard]] site::delivery_row make_row(const message& m, const net::exchange& e, const decision& d,
                                          const config::webhook_settings& settings);

}  // namespace dormouse::jobs::webhook_delivery
