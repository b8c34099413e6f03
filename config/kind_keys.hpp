#pragma once
// The keys of `kinds:`. A new kind is one function and one line here (house law 4).

#include "config/settings.hpp"
#include "config/table.hpp"

namespace dormouse::config {

void describe_kinds(section& s, settings& v);

}  // namespace dormouse::config
