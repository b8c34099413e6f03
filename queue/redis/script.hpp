#pragma once
// Lua scripts by their hash: EVALSHA, and EVAL once where Redis does not know the script (yet, or any more).

#include "queue/redis/command.hpp"
#include "queue/redis/connection.hpp"

#include <string>
#include <string_view>

namespace dormouse::queue::redis {

/// A script's text and name. Made once; lives as long as calls of it.
class script {
public:
    script(std::string name, std::string body);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& body() const noexcept { return body_; }
    [[nodiscard]] const std::string& sha1() const noexcept { return sha1_; }  ///< 40 lower-case hex digits.

private:
    std::string name_;
    std::string body_;
    std::string sha1_;
};

/// One call of a script, written straight into the command: all keys, then all arguments, exactly as many as announced.
///
///     script_call c{claim, 2, 1 + ids.size()};
///     c.key(own).key(jobs).arg(limit);
///     for (const auto& id : ids) c.arg(id);
///     auto r = co_await run(redis, std::move(c), limit);
class script_call {
public:
    /// `reserve` bytes of room for a call of known size.
    script_call(const script& s, std::size_t keys, std::size_t args, std::size_t reserve = 0);

    script_call& key(std::string_view name) { return arg(name); }
    script_call& arg(std::string_view word) {
        command_.arg(word);
        return *this;
    }
    template <number N>
    script_call& arg(N value) {
        command_.arg(value);
        return *this;
    }

    [[nodiscard]] const script& what() const noexcept { return *script_; }
    /// The EVALSHA command, for a batch of one's own (`exec_all`). There a NOSCRIPT reply is the caller's to handle:
    /// preload with `load` in `connection::on_connected`, and run that call again.
    [[nodiscard]] const command_buffer& command() const noexcept { return command_; }

private:
    friend base::awaitable<base::result<reply>> run(connection& c, script_call call, base::deadline limit);
    const script* script_;
    command_buffer command_;
};

/// Runs it. A NOSCRIPT reply means that nothing was done, so the same call is repeated once as EVAL, which also loads
/// the script; all within `limit`. Otherwise as `connection::exec`.
[[nodiscard]] base::awaitable<base::result<reply>> run(connection& c, script_call call, base::deadline limit = {});

/// SCRIPT LOAD of all, in one round trip. Errors also if Redis refuses one: then server_error with its name.
[[nodiscard]] base::awaitable<base::result<void>> load(connection& c, std::vector<const script*> scripts,
                                                       base::deadline limit = {});

}  // namespace dormouse::queue::redis
