#pragma once
// A whole kind is held when the server refuses its key: no job can succeed until a person has mended it, and none may
// be spent on it (spec 3-jobs B2 to B4: 401, 403). Kept in memory; another process learns it for itself. Event loop
// only.

#include "base/clock.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace dormouse::jobs::api {

class kind_pause {
public:
    /// Refusals in a row until the kind is held, and how long it is held each time before one job asks again.
    explicit kind_pause(int after = 3, base::ms length = base::ms{5 * 60 * 1000}) noexcept
        : after_{after}, length_{length} {}

    /// Until when no job of the kind is sent; empty if it is not held at `now`.
    [[nodiscard]] std::optional<base::time_ms> until(base::time_ms now) const noexcept {
        return until_ && *until_ > now ? until_ : std::nullopt;
    }

    /// The server refused the key. True if the kind is held from now on and was not before: tell a person.
    bool refused(base::time_ms now) noexcept {
        in_a_row_ = std::min(in_a_row_ + 1, after_);
        if (in_a_row_ < after_) return false;
        until_ = now + length_;
        return !std::exchange(told_, true);
    }

    /// What an answer says about the key: 401 and 403 refuse it, any other status accepts it, 0 (no answer) says
    /// nothing. True as `refused`.
    bool learn(int status, base::time_ms now) noexcept {
        if (status == 401 || status == 403) return refused(now);
        if (status != 0) accepted();
        return false;
    }

    /// The server accepted the key, whatever it said otherwise.
    void accepted() noexcept {
        in_a_row_ = 0;
        until_.reset();
        told_ = false;
    }

private:
    int after_;
    base::ms length_;
    int in_a_row_ = 0;
    std::optional<base::time_ms> until_;
    bool told_ = false;
};

}  // namespace dormouse::jobs::api
