#pragma once
// The table of every key. To add a kind: write its section function in `keys.cpp` and one line in `describe_kinds`.

#include "config/settings.hpp"
#include "config/table.hpp"

namespace dormouse::config {

/// The whole file, bound to `s`, which must outlive the result.
[[nodiscard]] section describe(settings& s);

}  // namespace dormouse::config
