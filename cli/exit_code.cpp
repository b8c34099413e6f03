#include "cli/exit_code.hpp"

namespace dormouse::cli {

exit_code exit_code_of(const base::error& e) noexcept {
    using base::errc;
    if (e == errc::invalid_argument || e == errc::too_large) return exit_code::usage;
    if (e == errc::not_found) return exit_code::not_found;
    if (e == errc::unavailable || e == errc::timed_out || e == errc::connection_lost) return exit_code::unavailable;
    return exit_code::failed;
}

}  // namespace dormouse::cli
