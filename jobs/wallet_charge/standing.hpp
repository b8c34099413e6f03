#pragma once
// Where a charge stands, and what is due before anything is sent. Pure.

#include "base/clock.hpp"
#include "site/charges.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::wallet_charge {

using namespace std::chrono_literals;

/// How long one key is safe to repeat: the wallet's memory of keys is unknown, 24 h are assumed (spec 3-jobs B4).
inline constexpr base::ms sure_window = 23h;
/// Requests after the first refusal for lack of funds: 1, 3, 5 and 7 days later.
inline constexpr int dunning_steps = 4;
/// After an outage the steps that were missed do not follow at once.
inline constexpr base::ms least_between_dunning = 12h;

/// Why a charge was refused, or ended, for lack of funds.
inline constexpr const char* no_funds = "insufficient_funds";

/// The key of the request that is due: the charge's own, or `<key>_d1` to `<key>_d4` after refusals. A wallet that
/// keeps answers by key would repeat its refusal for ever under the old one.
[[nodiscard]] std::string wire_key(std::string_view charge_key, int dunning);

/// When request `step` (from 1) is due after the first refusal.
[[nodiscard]] base::ms dunning_delay(int step);

/// What a job starts from that a person, or the producer, has sent once more after the end: after refusals to the very
/// end the next request needs a key of its own, because the wallet may keep repeating its last refusal.
[[nodiscard]] site::charge_standing reopened(site::charge_standing s);

/// Nothing may be sent under the present key any more. So it is, too, when the doubt lies in the future: then somebody
/// has turned the clock back, and nobody knows how long the window has been open.
[[nodiscard]] bool is_window_over(const site::charge_standing& s, base::time_ms now) noexcept;

enum class step {
    finish,     ///< The money has moved.
    stay,       ///< Given up; only a person, or the producer, opens it again.
    wait,       ///< Refused, and the next request is not due yet.
    look,       ///< Only look into the wallet's transactions; nothing may be sent.
    look_send,  ///< Look first: a new key is used only if the wallet shows the charge under none of the old ones.
    send,
};

/// How an attempt begins.
struct beginning {
    step next = step::send;
    site::charge_standing before;  ///< Reopened, where that is wished.

    /// For the ledger, with the claim: whoever is going to send leaves the doubt behind if it dies.
    [[nodiscard]] site::charge_standing noted(base::time_ms now) const;
};

/// Who asks for the attempt.
struct asking {
    bool is_fresh = false;  ///< The job has no history: it is new, or a person has retried it.
    bool is_known = false;  ///< It is the job that had the charge before.
};

/// A job that is run again because its worker died opens nothing that was ended, and sends no dunning before its day; a
/// person may do both.
[[nodiscard]] beginning begin(const site::charge_standing& found, base::time_ms now, asking by);

/// When the next request of a refused charge is due.
[[nodiscard]] base::time_ms next_request(const site::charge_standing& refused);

}  // namespace dormouse::jobs::wallet_charge
