#include "jobs/licence/audit_log.hpp"

#include "base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dormouse::jobs::licence {

namespace {

constexpr int readable_by_group = 0640;

template <class T>
std::string or_dash(const std::optional<T>& v) {
    return v ? std::to_string(*v) : "-";
}

std::string words_of(const std::optional<billing_period>& p) {
    if (!p) return " period=- interval=- next=-";
    return " period=" + p->unit + " interval=" + std::to_string(p->interval) + " next=" + to_seconds(p->next);
}

std::string result_of(const audit_entry& e) {
    if (e.what == queue::outcome::verb::done) return "ok";
    return std::string{queue::to_string(e.what)} + " reason=" + e.reason;
}

base::error failed(const std::string& path) {
    return {base::errc::io_error, path + ": " + std::system_category().message(errno)};
}

}  // namespace

std::string audit_line(const audit_entry& e) {
    return to_seconds(e.at) + " PERIOD PUSH subscription=" + licence_name(e.subscription_id) +
           " version=" + std::to_string(e.version) + words_of(e.period) + " attempt=" + std::to_string(e.attempt) +
           " status=" + (e.status == 0 ? "-" : std::to_string(e.status)) + " updated=" + or_dash(e.updated) +
           " result=" + result_of(e) + "\n";
}

base::result<void> append_line(const std::string& path, const std::string& line) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the mode is open's third argument.
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, readable_by_group);
    if (file < 0) return failed(path);
    const auto written = ::write(file, line.data(), line.size());
    auto out = written == static_cast<ssize_t>(line.size())
                   ? base::result<void>{}
                   : base::result<void>{written < 0 ? failed(path)
                                                    : base::error{base::errc::io_error, path + ": no room for a line"}};
    ::close(file);
    return out;
}

base::awaitable<> audit_log::write(audit_entry e) {
    const auto done = co_await thread_.run([path = path_, line = audit_line(e)] { return append_line(path, line); });
    if (!done)
        base::log::error("licence.audit_unwritten",
                         {{"subscription_id", e.subscription_id}, {"error", done.error().message()}});
}

}  // namespace dormouse::jobs::licence
