#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/redact.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace dormouse::base::log {

namespace {

struct state {
    std::shared_ptr<spdlog::logger> out;
    level least = level::info;
    format form = format::human;
};

std::shared_ptr<spdlog::logger> make_logger(const std::string& file) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (file.empty())
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    auto logger = std::make_shared<spdlog::logger>("dormouse", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    return logger;
}

state& current() {
    static state instance{make_logger({}), level::info, format::human};
    return instance;
}

constexpr std::string_view name_of(level l) noexcept {
    switch (l) {
        case level::debug: return "debug";
        case level::info: return "info";
        case level::warn: return "warn";
        case level::error: return "error";
        case level::off: break;
    }
    return "off";
}

std::string safe_text(const field& f, std::string_view text) {
    return is_sensitive_name(f.name) ? std::string{"***"} : redact(text);
}

void append_json_value(fmt::memory_buffer& line, const field& f) {
    if (const auto* text = std::get_if<std::string_view>(&f.what)) {
        fmt::format_to(std::back_inserter(line), "{}", boost::json::serialize(boost::json::value(safe_text(f, *text))));
    } else {
        std::visit(
            [&](auto v) {
                if constexpr (!std::same_as<decltype(v), std::string_view>)
                    fmt::format_to(std::back_inserter(line), "{}", v);
            },
            f.what);
    }
}

// A line break or a control character in a value must not forge a second line.
void append_human_text(fmt::memory_buffer& line, const std::string& text) {
    const bool plain =
        !text.empty() && text.find_first_of(" =\"") == std::string::npos &&
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
    if (plain)
        line.append(text);
    else
        line.append(boost::json::serialize(boost::json::value(text)));
}

void append_human_value(fmt::memory_buffer& line, const field& f) {
    if (const auto* text = std::get_if<std::string_view>(&f.what))
        append_human_text(line, safe_text(f, *text));
    else
        append_json_value(line, f);
}

fmt::memory_buffer json_line(level l, std::string_view event, fields fs) {
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line), R"({{"ts":"{}","level":"{}","event":"{}")",
                   to_iso8601(system_clock().now()), name_of(l), event);
    for (const auto& f : fs) {
        fmt::format_to(std::back_inserter(line), ",\"{}\":", f.name);
        append_json_value(line, f);
    }
    line.push_back('}');
    return line;
}

fmt::memory_buffer human_line(level l, std::string_view event, fields fs) {
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line), "{} {:<5} {:<18}", to_iso8601(system_clock().now()).substr(11, 12),
                   name_of(l), event);
    for (const auto& f : fs) {
        fmt::format_to(std::back_inserter(line), " {}=", f.name);
        append_human_value(line, f);
    }
    return line;
}

}  // namespace

void configure(const options& o) {
    try {
        current() = state{make_logger(o.file), o.least, o.form};
    } catch (const spdlog::spdlog_ex& e) {
        throw failure{base::error{errc::io_error, "cannot open the log file " + o.file + ": " + e.what()}};
    }
}

bool enabled(level l) noexcept { return l >= current().least; }

void write(level l, std::string_view event, fields f) {
    if (!enabled(l)) return;
    const auto line = current().form == format::json ? json_line(l, event, f) : human_line(l, event, f);
    current().out->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace dormouse::base::log
