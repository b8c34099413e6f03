#pragma once
// A limit that holds across all workers of a site (spec 3-jobs B0.6, B2, B4). Data only, like job.hpp.

#include "base/clock.hpp"

#include <optional>
#include <string>

namespace dormouse::queue {

/// An attempt that names a limit runs only while fewer than `most` others hold a place in it, and not earlier than the
/// rate allows. Places are kept in Redis, taken with the claim and given back with the settlement, whatever ends the
/// attempt: an outcome, a release, or the death of its worker.
struct limit {
    std::string name;  ///< For example `wallet:shop-7`; 1 to 200 bytes without spaces and controls.
    int most = 1;      ///< Attempts running at once, at least 1.
    std::optional<int>
        per_minute{};  ///< Attempts started per minute, evenly spread; empty = as many as there are places.
    friend bool operator==(const limit&, const limit&) = default;
};

}  // namespace dormouse::queue
