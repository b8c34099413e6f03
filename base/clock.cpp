#include "base/clock.hpp"

#include <cstdio>
#include <ctime>

namespace dormouse::base {

namespace {
class machine_clock final : public clock {
public:
    [[nodiscard]] time_ms now() const noexcept override {
        return std::chrono::time_point_cast<ms>(std::chrono::system_clock::now());
    }
};
}  // namespace

clock& system_clock() noexcept {
    static machine_clock instance;
    return instance;
}

std::string to_iso8601(time_ms t) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
    const std::time_t raw = seconds.time_since_epoch().count();
    std::tm parts{};
    if (gmtime_r(&raw, &parts) == nullptr) return "invalid-time";
    char text[64];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>((t - seconds).count()));
    return std::string(text, length) + fraction;
}

}  // namespace dormouse::base
