#pragma once
// Host names as they may stand in a URL: LDH labels, or IDNA names that become such (RFC 5891, spec 3-jobs B0.7).

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace dormouse::net {

/// Lower-case A-labels without a final dot. errc::invalid_argument for anything that some resolver would read as
/// something else: characters outside LDH, numeric last labels (`127.1`, `0x7f000001`), letters that only look like
/// ASCII (fullwidth digits, ideographic dots), labels over 63 bytes, names over 253.
[[nodiscard]] base::result<std::string> canonical_host_name(std::string_view text);

}  // namespace dormouse::net
