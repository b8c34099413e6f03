#pragma once
// Values of the table as JSON, spelled as the file spells them.

#include "config/table.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace dormouse::config {

/// The bound value now. A secret that is set is "***"; one that is not is nothing.
[[nodiscard]] std::optional<boost::json::value> printed(const key_type& type);

[[nodiscard]] boost::json::object printed(const section& table);

}  // namespace dormouse::config
