#pragma once
// What the program tells the shell. docs/cli.md lists the codes for people.

#include "base/error.hpp"

namespace dormouse::cli {

enum class exit_code : int {
    ok = 0,
    failed = 1,       ///< Understood, tried, and it did not work; the message says why.
    usage = 2,        ///< The command line, a value in it or the configuration is wrong; nothing was tried.
    not_found = 3,    ///< The named job, key or queue does not exist.
    unavailable = 4,  ///< Redis or the database cannot be reached; the same command may work later.
};

[[nodiscard]] exit_code exit_code_of(const base::error& e) noexcept;

}  // namespace dormouse::cli
