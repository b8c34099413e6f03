#pragma once
// The configuration, told to people and programs: effective settings, and the list of all keys.

#include "config/settings.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace dormouse::config {

/// All settings in the layout and spelling of the file (so the text is valid YAML, too). A secret that is set is
/// `"***"`, one that is not is left out.
[[nodiscard]] boost::json::object to_json(const settings& s);

/// One key, for the reference page.
struct key_info {
    std::string path;           ///< "worker.slots", "queue.signing_keys[].id"
    std::string accepts;        ///< "a whole number from 1 to 4096"
    std::string default_value;  ///< As JSON; empty if there is none.
    std::string doc;
    bool is_section = false;  ///< Holds other keys and no value of its own.
};

/// Every key in the order of the example file.
[[nodiscard]] std::vector<key_info> all_keys();

/// The reference as a Markdown document: docs/configuration.md.
[[nodiscard]] std::string reference_page();

}  // namespace dormouse::config
