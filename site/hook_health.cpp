#include "site/hook_health.hpp"

#include <algorithm>

namespace dormouse::site {

hook_health after_attempt(hook_health before, bool success, base::time_ms at) noexcept {
    if (success) {
        before.failures = 0;
        before.first_failure.reset();
        before.last_success = std::max(before.last_success.value_or(at), at);
        return before;
    }
    ++before.failures;
    before.first_failure = std::min(before.first_failure.value_or(at), at);
    before.last_failure = std::max(before.last_failure.value_or(at), at);
    return before;
}

}  // namespace dormouse::site
