#pragma once
// Reading the members of a job's args, the same way in every kind. Pure.

#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace dormouse::jobs {

/// errc::invalid_argument: `args.<member>: expected <expected>`.
[[nodiscard]] base::error wrong_member(std::string_view member, std::string_view expected);

/// A text member; empty if there is none or it is no text.
[[nodiscard]] std::string_view text_of(const boost::json::object& args, std::string_view member) noexcept;

/// A whole number, or its decimal digits as a text: PHP on 32 bits and some databases write the latter. Nothing for
/// anything else, a float with a whole value among it.
[[nodiscard]] std::optional<std::int64_t> whole_of(const boost::json::object& args, std::string_view member) noexcept;

}  // namespace dormouse::jobs
