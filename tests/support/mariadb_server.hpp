#pragma once
// A private mariadbd on a UNIX socket (and, if asked, a loopback port) in a temporary folder. Grants are checked as
// in real life; `root` has no password and is for the test itself. A start takes about 0.1 s: the system tables are
// installed once per version and user and copied from there.

#include "tests/support/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dormouse::test {

class mariadb_server {
public:
    struct options {
        bool tcp = false;                  ///< Also listen on 127.0.0.1.
        std::vector<std::string> extra{};  ///< More "--name=value" words.
    };
    mariadb_server();  ///< Defaults; waits until it accepts connections. Has an empty utf8mb4 database `wordpress`.
    explicit mariadb_server(options o);

    [[nodiscard]] std::string socket() const { return dir_.file("mysqld.sock"); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] const temp_dir& dir() const noexcept { return dir_; }
    [[nodiscard]] child_process& process() { return *process_; }

    void kill();   ///< SIGKILL.
    void stop();   ///< SIGTERM, and waits for the end.
    void start();  ///< Again, on the same files, socket and port.

    /// Runs statements as root in database `database` through the mariadb client and returns the rows: columns parted
    /// by tabs, rows by newlines, no last newline. Throws std::runtime_error with the client's words on an SQL error.
    // NOLINTNEXTLINE(modernize-use-nodiscard): most statements return nothing.
    std::string sql(const std::string& statements, const std::string& database = "wordpress") const;

    /// The seed's `{prefix}memberlux_hook` (url, event, is_active, secret) and its log `{prefix}memberlux_hook_action`
    /// with one row per delivery. `charset` empty = the database's.
    void create_seed_hook_tables(const std::string& prefix = "wp_", const std::string& charset = {}) const;

    /// The API module's `{prefix}memberlux_hook` (destination, active) and `{prefix}memberlux_hook_action` (hook_id,
    /// action), which holds subscriptions.
    void create_module_hook_tables(const std::string& prefix = "wp_") const;

private:
    options options_;
    temp_dir dir_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

}  // namespace dormouse::test
