#pragma once
// JSON from strangers, read strictly.

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <string_view>

namespace dormouse::queue {

/// Parses one JSON text: valid UTF-8, nothing after it, at most 32 levels deep, no key twice in one object (two
/// readers could otherwise see two different jobs).
[[nodiscard]] boost::system::result<boost::json::value, const char*> parse_strict(std::string_view text);

}  // namespace dormouse::queue
