#pragma once
// The command line as a whole: reads it, runs what was chosen.

#include "cli/exit_code.hpp"

#include <iosfwd>

namespace dormouse::cli {

/// Words are UTF-8. Never throws for what the user or a server does; a fault of the program is told and `failed`.
[[nodiscard]] exit_code run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace dormouse::cli
