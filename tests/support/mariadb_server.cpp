#include "tests/support/mariadb_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace dormouse::test {

namespace {
namespace fs = std::filesystem;

// What shapes the files: the template and every server made from it must agree on these.
const std::vector<std::string> file_options{
    "--innodb-log-file-size=4M",       "--innodb-data-file-path=ibdata1:5M:autoextend",
    "--innodb-autoextend-increment=1", "--innodb-rollback-segments=1",
    "--aria-log-file-size=8M",
};

// A commit survives the death of the server, not that of the machine: nothing is forced to the disk.
const std::vector<std::string> speed_options{
    "--innodb-buffer-pool-size=16M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--innodb-fast-shutdown=2",
    "--performance-schema=0",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
};

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// Output of a short program; throws when it fails.
std::string output_of(const std::vector<std::string>& argv) {
    const temp_dir out;
    child_process run{argv, {{}, out.file("out"), {}}};
    const auto status = run.wait(std::chrono::seconds{60});
    auto text = read_file(out.file("out"));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (!status || *status != 0) throw std::runtime_error{argv[0] + " failed: " + text};
    return text;
}

std::string template_name() {
    auto name = "dormouse-mariadb-" + std::to_string(getuid()) + "-" + output_of({"mariadbd", "--version"});
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '.'; }, '_');
    return name;
}

/// A lock that other test processes respect; given back when it goes.
class file_lock {
public:
    explicit file_lock(const fs::path& file)
        : fd_{open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)} {
        if (fd_ < 0 || flock(fd_, LOCK_EX) != 0)
            throw std::system_error{errno, std::generic_category(), "lock " + file.string()};
    }
    ~file_lock() { close(fd_); }
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

private:
    int fd_;
};

void install_system_tables(const fs::path& into) {
    const fs::path half = into.string() + ".half";
    fs::remove_all(half);
    fs::create_directory(half);
    fs::permissions(half, fs::perms::owner_all);
    std::vector<std::string> argv{"mariadb-install-db", "--no-defaults", "--datadir=" + half.string(),
                                  "--auth-root-authentication-method=normal", "--skip-test-db"};
    if (getuid() == 0) argv.emplace_back("--user=root");
    append(argv, file_options);
    (void)output_of(argv);
    fs::rename(half, into);
}

/// The folder to copy from; made by whoever comes first.
fs::path template_folder() {
    const auto folder = fs::temp_directory_path() / template_name();
    const file_lock lock{folder.string() + ".lock"};
    if (!fs::exists(folder)) install_system_tables(folder);
    struct stat owner{};
    if (stat(folder.c_str(), &owner) != 0 || owner.st_uid != getuid())
        throw std::runtime_error{folder.string() + " belongs to somebody else"};
    return folder;
}

bool accepts(const std::string& socket_file) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_file.size() >= sizeof address.sun_path) throw std::runtime_error{"path too long: " + socket_file};
    socket_file.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), "socket"};
    char first = 0;
    pollfd readable{fd, POLLIN, 0};
    const bool ok = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    poll(&readable, 1, 2000) == 1 && read(fd, &first, 1) == 1;
    close(fd);
    return ok;
}
}  // namespace

mariadb_server::mariadb_server() : mariadb_server{options{}} {}

mariadb_server::mariadb_server(options o)
    : options_{std::move(o)}, port_{options_.tcp ? free_port() : std::uint16_t{0}} {
    fs::copy(template_folder(), dir_.path() / "data", fs::copy_options::recursive);
    start();
    sql("CREATE DATABASE wordpress CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "");
}

void mariadb_server::start() {
    // A server that starts deletes every "#sql…" of its tmpdir, also those of a neighbour in the middle of a query.
    std::vector<std::string> argv{"mariadbd",
                                  "--no-defaults",
                                  "--tmpdir=" + dir_.path().string(),
                                  "--datadir=" + dir_.file("data"),
                                  "--socket=" + socket(),
                                  "--pid-file=" + dir_.file("mysqld.pid")};
    if (getuid() == 0) argv.emplace_back("--user=root");
    append(argv, options_.tcp ? std::vector<std::string>{"--bind-address=127.0.0.1", "--port=" + std::to_string(port_)}
                              : std::vector<std::string>{"--skip-networking"});
    append(argv, file_options);
    append(argv, speed_options);
    append(argv, options_.extra);
    process_ = std::make_unique<child_process>(argv, child_process::options{{}, dir_.file("mysqld.log"), {}});
    const bool up = eventually(std::chrono::seconds{30}, [this] { return !process_->running() || accepts(socket()); });
    if (!up || !process_->running())
        throw std::runtime_error{"mariadbd did not start:\n" + read_file(dir_.file("mysqld.log"))};
}

void mariadb_server::kill() {
    process_->signal(SIGKILL);
    (void)process_->wait(std::chrono::seconds{10});
}

void mariadb_server::stop() {
    process_->signal(SIGTERM);
    if (!process_->wait(std::chrono::seconds{30})) throw std::runtime_error{"mariadbd does not stop"};
}

std::string mariadb_server::sql(const std::string& statements, const std::string& database) const {
    std::vector<std::string> argv{
        "mariadb", "--no-defaults",       "--socket=" + socket(),   "--user=root", "--default-character-set=utf8mb4",
        "--batch", "--skip-column-names", "--execute=" + statements};
    if (!database.empty()) argv.push_back("--database=" + database);
    return output_of(argv);
}

void mariadb_server::create_seed_hook_tables(const std::string& prefix, const std::string& charset) const {
    const auto options = charset.empty() ? std::string{} : " DEFAULT CHARSET=" + charset;
    sql("CREATE TABLE `" + prefix +
        "memberlux_hook` (`id` int(11) NOT NULL AUTO_INCREMENT, "
        "`name` varchar(255) DEFAULT NULL, `url` text NOT NULL, `event` varchar(100) NOT NULL, "
        "`is_active` tinyint(1) DEFAULT 1, `secret` varchar(255) DEFAULT NULL, PRIMARY KEY (`id`), "
        "KEY `event` (`event`))" +
        options +
        ";"
        "CREATE TABLE `" +
        prefix +
        "memberlux_hook_action` (`id` int(11) NOT NULL AUTO_INCREMENT, "
        "`hook_id` int(11) NOT NULL, `payload` longtext, `response_code` int(11) DEFAULT NULL, "
        "`response_body` text, `created_at` datetime DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (`id`), "
        "KEY `hook_id` (`hook_id`), KEY `created_at` (`created_at`))" +
        options);
}

void mariadb_server::create_module_hook_tables(const std::string& prefix) const {
    sql("CREATE TABLE `" + prefix +
        "memberlux_hook` (`id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, "
        "`destination` varchar(255) NOT NULL, `sort` int(11) NOT NULL DEFAULT 0, "
        "`created_at` datetime DEFAULT NULL, `active` tinyint(1) NOT NULL DEFAULT 1, PRIMARY KEY (`id`));"
        "CREATE TABLE `" +
        prefix +
        "memberlux_hook_action` (`hook_id` bigint(20) unsigned NOT NULL, "
        "`action` varchar(100) NOT NULL, KEY `hook_id` (`hook_id`))");
}

}  // namespace dormouse::test
