#pragma once
// What each answer of the wallet means: the table of spec 3-jobs B4 as pure functions. The operator's form of the
// table is docs/kinds/wallet-charge.md.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "jobs/api/call.hpp"
#include "jobs/wallet_charge/args.hpp"
#include "queue/outcome.hpp"
#include "site/charges.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::wallet_charge {

using namespace std::chrono_literals;

/// How long one key is safe to repeat: the wallet's memory of keys is unknown, 24 h are assumed.
inline constexpr base::ms sure_window = 23h;
/// When a wallet that cannot even be reached is given up.
inline constexpr base::ms longest_unreachable = 7 * 24h;
/// And one that does nothing but ask us to wait.
inline constexpr base::ms longest_rate_limit = 24h;
inline constexpr int most_conflicts = 10;

/// The key of the request that is due: the charge's own, or `<key>_d1` to `<key>_d4` after refusals. A wallet that
/// keeps answers by key would repeat its refusal for ever under the old one.
[[nodiscard]] std::string wire_key(std::string_view charge_key, int dunning);

/// What a kind keeps between attempts in `history.state`.
struct memory {
    int conflicts = 0;
    std::optional<base::time_ms> limited_since;
};
[[nodiscard]] memory read_memory(std::string_view state);
[[nodiscard]] std::string to_state(const memory& m);

struct ended_attempt {
    const api::answer& answer;
    const charge_args& args;
    const site::charge_standing& before;  ///< As the claim found it.
    base::time_ms now;                    ///< When the attempt ended, in the queue's time.
    base::time_ms sent_at;                ///< When it began.
    std::optional<base::time_ms> first_failure;
    std::string_view state;
};

struct decision {
    queue::outcome outcome;
    site::charge_standing standing;  ///< For the ledger.
    bool look = false;  ///< Look into the wallet's transactions first; the outcome holds if they say nothing.
    std::optional<std::string> alert;  ///< A person must look.
    bool refused_us = false;           ///< 401, 403: it is our key, not this charge.
};

[[nodiscard]] decision decide(const ended_attempt& a, base::random_source& random);

/// The charge is there: whatever the answers were, it is done.
[[nodiscard]] decision settled(const charge_args& args, const site::charge_standing& before, std::string transaction_id,
                               std::optional<std::int64_t> balance_after);

/// What a replayed job starts from: after refusals to the very end the next request needs a key of its own, because
/// the wallet may keep repeating its last refusal.
[[nodiscard]] site::charge_standing reopened(site::charge_standing s);

/// Nothing may be sent under this key any more, because its window is over.
[[nodiscard]] bool is_window_over(const site::charge_standing& s, base::time_ms now) noexcept;
/// And the transactions do not hold it either: nobody can know. Never a new key after that.
[[nodiscard]] decision unknown_for_good(const charge_args& args, const site::charge_standing& before);

}  // namespace dormouse::jobs::wallet_charge
