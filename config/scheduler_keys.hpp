#pragma once
// The section `scheduler`.

#include "config/settings.hpp"
#include "config/table.hpp"

namespace dormouse::config {

void describe_scheduler(section& s, scheduler_settings& v);

}  // namespace dormouse::config
