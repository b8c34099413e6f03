#pragma once
// The one place where the numbers of MariaDB and MySQL become the house's codes.
// Numbers: MySQL 8.0 error message reference, MariaDB error codes; those from 2000 on are the client library's.

#include "base/error.hpp"

namespace dormouse::site {

/// `number` = SQLException::getErrorCode(). Unknown numbers are errc::server_error, which is not tried again.
[[nodiscard]] base::errc errc_of(int number) noexcept;

}  // namespace dormouse::site
