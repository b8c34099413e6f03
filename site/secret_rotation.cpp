#include "site/secret_rotation.hpp"

namespace dormouse::site {

rotation rotate(const std::string& present, const remembered_secrets& known, base::time_ms now) {
    const bool alive = !known.previous.empty() && known.rotated_at && now - *known.rotated_at < previous_secret_life;
    if (present == known.last) {
        if (known.previous.empty()) return {};
        if (!alive) return {{}, remembered_secrets{known.last, {}, {}}};
        return {present.empty() ? std::string{} : known.previous, {}};
    }
    // From unsigned to signed nothing was rotated out, but what went before may still be alive.
    if (known.last.empty() && alive)
        return {known.previous, remembered_secrets{present, known.previous, known.rotated_at}};
    if (known.last.empty()) return {{}, remembered_secrets{present, {}, {}}};
    return {present.empty() ? std::string{} : known.last, remembered_secrets{present, known.last, now}};
}

}  // namespace dormouse::site
