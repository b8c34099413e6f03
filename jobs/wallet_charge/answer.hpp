#pragma once
// What each answer of the wallet means: the table of spec 3-jobs B4 as pure functions. The operator's form of the
// table is docs/kinds/wallet-charge.md. What is left open by an answer is settled in doubt.hpp.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "jobs/api/rows.hpp"
#include "jobs/wallet_charge/args.hpp"
#include "jobs/wallet_charge/standing.hpp"
#include "queue/outcome.hpp"
#include "site/charges.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::wallet_charge {

/// When a wallet that cannot even be reached is given up.
inline constexpr base::ms longest_unreachable = 7 * 24h;
inline constexpr int most_conflicts = 10;

struct ended_attempt {
    const api::answer& answer;
    const charge_args& args;
    const site::charge_standing& before;  ///< As the claim found it.
    base::time_ms now;                    ///< When the attempt ended, in the queue's time.
    base::time_ms sent_at;                ///< When it began.
    std::string_view state;               ///< `history.state`: what attempts before it remember.
};

/// Whether the wallet's transactions must be looked through before a decision holds.
enum class look {
    no,
    may,   ///< They may know better; if they cannot be read, it holds.
    must,  ///< If they cannot be read, the charge stays in doubt.
};

struct decision {
    queue::outcome outcome;
    site::charge_standing standing;  ///< For the ledger.
    wallet_charge::look look = wallet_charge::look::no;
    std::optional<std::string> alert{};  ///< A person must look.
};

/// The rule of all rows: only words of the wallet's own (JSON with an `error`) end a charge or open a new key. A page
/// of a proxy in between leaves doubt behind, whatever its status.
[[nodiscard]] decision decide(const ended_attempt& a, base::random_source& random);

/// The charge is there: whatever the answers were, it is done.
[[nodiscard]] decision settled(const charge_args& args, const site::charge_standing& before, std::string transaction_id,
                               std::optional<std::int64_t> balance_after);

}  // namespace dormouse::jobs::wallet_charge
