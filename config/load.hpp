#pragma once
// From a YAML file to `settings`.

#include "base/error.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dormouse::config {

/// One thing wrong with a file: where, and what was expected.
struct problem {
    std::string file;
    int line = 0;      ///< From 1; 0 = the file as a whole.
    int column = 0;    ///< From 1; 0 = unknown.
    std::string path;  ///< "worker.slots"; empty for the file as a whole.
    std::string text;  ///< "expected a whole number from 1 to 4096, got 'many'"

    /// `file:line:column: path: text`
    [[nodiscard]] std::string message() const;
};

struct loaded {
    config::settings settings;
    std::vector<problem> problems;  ///< Errors; the settings may be used only if there are none.
};

class report;

/// Rules of the rooms above, which know what a text means (a cron expression): they complain through the report.
using further_rules = std::function<void(const settings&, report&)>;

/// Reads and checks a whole file and reports every problem in it, not only the first: unknown and duplicate keys,
/// values of a wrong type or range, secret files that are missing or readable by others, combinations that make no
/// sense (heartbeat > lease / 4). Never throws; no text of a secret is part of a problem.
/// Any `password`, `key` or `secret` may be written as the value itself, or as `<name>_file: /path` (one trailing
/// newline is cut off), or as `<name>_credential: name` (a file of that name below $CREDENTIALS_DIRECTORY).
[[nodiscard]] loaded load(const std::filesystem::path& file, const further_rules& more = {});

/// The same for text in memory; `name` stands for the file in messages.
[[nodiscard]] loaded load_text(const std::string& yaml, const std::string& name, const further_rules& more = {});

/// JSON Schema (2020-12) of the file, made from the same table that `load` uses.
[[nodiscard]] std::string json_schema();

/// All problems, one a line, as one error.
[[nodiscard]] base::result<settings> load_or_error(const std::filesystem::path& file);

}  // namespace dormouse::config
