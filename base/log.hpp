#pragma once
// One event, one line: JSON for machines or a short human form. Every string value passes the redactor.
// Thread-safe. Until `configure` is called, events of level info and above go to standard error as text.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace dormouse::base::log {

enum class level { debug, info, warn, error, off };
enum class format { json, human };

struct options {
    level least = level::info;
    format form = format::human;
    std::string file;  ///< Appended to; empty = standard error.
};

/// Call once in main before threads start. Throws `failure` if the file cannot be opened.
void configure(const options& o);
[[nodiscard]] bool enabled(level l) noexcept;

using value = std::variant<std::string_view, std::int64_t, double, bool>;

struct field {
    std::string_view name;
    value what;

    constexpr field(std::string_view n, std::string_view v) : name{n}, what{v} {}
    constexpr field(std::string_view n, const char* v) : name{n}, what{std::string_view{v}} {}
    field(std::string_view n, const std::string& v) : name{n}, what{std::string_view{v}} {}
    constexpr field(std::string_view n, double v) : name{n}, what{v} {}
    constexpr field(std::string_view n, bool v) : name{n}, what{v} {}
    template <std::integral Integer>
        requires(!std::same_as<Integer, bool>)
    constexpr field(std::string_view n, Integer v) : name{n}, what{static_cast<std::int64_t>(v)} {}
};

using fields = std::initializer_list<field>;

/// `event` is a stable dotted name ("job.done", "redis.reconnect"): people search for it.
void write(level l, std::string_view event, fields f);

inline void debug(std::string_view event, fields f = {}) { write(level::debug, event, f); }
inline void info(std::string_view event, fields f = {}) { write(level::info, event, f); }
inline void warn(std::string_view event, fields f = {}) { write(level::warn, event, f); }
inline void error(std::string_view event, fields f = {}) { write(level::error, event, f); }

}  // namespace dormouse::base::log
