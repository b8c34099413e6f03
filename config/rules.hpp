#pragma once
// What must hold between keys. Pure.

#include "config/report.hpp"
#include "config/settings.hpp"

namespace dormouse::config {

/// Reports combinations that make no sense, at the place of a key that takes part in them.
void check_rules(const settings& s, report& out);

}  // namespace dormouse::config
