#pragma once
// The ledger of wallet charges, {prefix}dormouse_charge: one row per charge key, written before anything is sent and
// claimed by a fenced update, so that two attempts can never both believe they act for the key (spec 3-jobs B4).

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace dormouse::site {

class pool;

/// What is charged: fixed by the first job that names the key.
struct charge_facts {
    std::string key;
    std::string project;
    std::int64_t amount = 0;
    std::string currency;
    std::string reason;
    bool any_currency = false;  ///< The job names none: `currency` is for a new row, that of an old one stands.

    friend bool operator==(const charge_facts&, const charge_facts&) = default;
};

enum class charge_state {
    open,     ///< Known, and not charged yet as far as anybody knows.
    refused,  ///< Insufficient funds; another request is due under the next key (dunning).
    charged,  ///< Done, once and for all.
    ended,    ///< Given up; `note` says why. A replayed job opens it again.
};

/// What is known about a charge.
struct charge_standing {
    charge_state state = charge_state::open;
    int dunning = 0;  ///< Number of the request that is due or under way: 0 under the key itself, n under `<key>_dn`.
    /// When a request was first sent whose end nobody knows, under the present key; empty if there is none.
    std::optional<base::time_ms> unsure_since;
    std::optional<base::time_ms> refused_at;  ///< First refusal.
    std::string transaction_id;
    std::optional<std::int64_t> balance_after;
    std::string note;

    friend bool operator==(const charge_standing&, const charge_standing&) = default;
};

/// The right to send for a key, until somebody else claims it.
struct charge_claim {
    std::int64_t epoch = 0;
    charge_standing standing;  ///< As it was before the claim.
    /// Of the row: what is sent is the same under a key for ever, whichever job sends it.
    std::string currency;
    std::string reason;
    std::string job_id;       ///< Who claimed it before; empty = nobody.
    base::time_ms made_at{};  ///< When the row was made: nothing was sent before.
};

/// Owned by the composition; used on one event loop, like the pool.
class charges {
public:
    /// The pool must outlive this.
    explicit charges(pool& p) : pool_{p} {}

    /// Where the charge stands from the claim on, given where it stood: `state`, `dunning` and `unsure_since` are
    /// written with the claim. Whoever is going to send notes the doubt here, so that a crash leaves it behind. Called
    /// on a thread of the pool: pure, and owner of what it uses.
    using opening = std::function<charge_standing(const charge_claim&)>;

    /// Makes the row if there is none and takes the right to send.
    /// errc::conflict if the row holds other facts (the reason is none): the key was used for something else.
    [[nodiscard]] base::awaitable<base::result<charge_claim>> claim(charge_facts facts, std::string job_id,
                                                                    base::time_ms now, opening open,
                                                                    base::deadline limit);

    /// Writes what is known now. False if somebody else has claimed the key since: nothing was written.
    [[nodiscard]] base::awaitable<base::result<bool>> record(std::string key, std::int64_t epoch,
                                                             charge_standing standing, base::time_ms now,
                                                             base::deadline limit);

    /// For people and tests; empty if the key is unknown.
    [[nodiscard]] base::awaitable<base::result<std::optional<charge_standing>>> find(std::string key,
                                                                                     base::deadline limit);

private:
    pool& pool_;
};

}  // namespace dormouse::site
