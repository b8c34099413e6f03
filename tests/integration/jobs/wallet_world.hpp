#pragma once
// wallet-charge with a real ledger and the wallet's double.

#include "tests/integration/jobs/kind_world.hpp"
#include "tests/support/service_double.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace dormouse::test {

using namespace std::chrono_literals;

inline constexpr auto charges_path = "/api/wallet/v1/charge";
inline constexpr auto transactions_path = "/api/wallet/v1/transactions";

struct wallet_world {
    // A connection each: on a kept one the client rightly tries a second time when the first breaks.
    explicit wallet_world(const std::function<void(config::settings&)>& more = [](config::settings&) {})
        : wallet{{.one_request_per_connection = true}}, kinds{{wallet.port()}, [&](config::settings& s) {
                                                                  s.wallet.url = wallet.url();
                                                                  s.wallet.key = base::secret{"wallet-key"};
                                                                  s.wallet.timeout = 2s;
                                                                  more(s);
                                                              }} {
        wallet.set_balance("p1", 100'000);
    }
    queue::claimed_job job(const std::string& key, std::int64_t amount = 990) {
        return kinds.job("wallet-charge",
                         {{"project_id", "p1"}, {"amount", amount}, {"reason", "subscription"}, {"charge_key", key}});
    }
    [[nodiscard]] std::string row(const std::string& key, const std::string& columns) const {
        return kinds.db.sql("SELECT " + columns + " FROM wp_dormouse_charge WHERE charge_key = '" + key + "'");
    }
    /// How often the charge was made, under whichever of its keys.
    [[nodiscard]] std::size_t charged(const std::string& key) const {
        const auto all = wallet.ledger();
        return static_cast<std::size_t>(
            std::ranges::count_if(all, [&](const auto& c) { return c.key.starts_with(key); }));
    }

    /// The keys of all requests for a charge, in order.
    [[nodiscard]] std::vector<std::string> keys_sent() const {
        std::vector<std::string> out;
        for (const auto& sent : wallet.requests(charges_path)) out.push_back(sent.headers.at("idempotency-key"));
        return out;
    }

    wallet_double wallet;
    kind_world kinds;
};

}  // namespace dormouse::test
