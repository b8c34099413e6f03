#pragma once
// A value that must never be printed. It has no stream operator, no fmt formatter and no conversion; whoever
// needs the bytes says `reveal()`. Every secret registers with the redactor, so that even a copy of its bytes
// in somebody else's error text is blanked before it reaches a log.

#include <compare>
#include <string>
#include <string_view>

namespace dormouse::base {

class secret {
public:
    secret() = default;
    explicit secret(std::string value);

    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    /// Constant-time comparison.
    friend bool operator==(const secret& a, const secret& b) noexcept;

private:
    std::string value_;
};

/// Constant time for equal lengths; the length itself is not hidden.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

}  // namespace dormouse::base
