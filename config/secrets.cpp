#include "config/secrets.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace dormouse::config {

namespace {

namespace fs = std::filesystem;
using base::errc;
using base::error;

constexpr std::size_t largest_secret = 64UL * 1024;

bool is_credential_name(const std::string& name) noexcept {
    return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-' || c == ':' || c == '@';
           });
}

void cut_trailing_newline(std::string& text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

base::result<void> check_private(const fs::path& file) {
    std::error_code failed;
    const auto status = fs::status(file, failed);
    if (!fs::exists(status)) return error{errc::not_found, "the file " + file.string() + " does not exist"};
    if (!fs::is_regular_file(status)) return error{errc::invalid_argument, file.string() + " is not a regular file"};
    if ((status.permissions() & fs::perms::others_all) != fs::perms::none)
        return error{errc::denied,
                     "the file " + file.string() + " is open to every user; run: chmod 640 " + file.string()};
    return {};
}

base::result<base::secret> read_secret_file(const fs::path& file) {
    if (!file.is_absolute()) return error{errc::invalid_argument, "expected an absolute path of a file"};
    if (auto closed = check_private(file); !closed) return closed.error();
    std::ifstream in{file, std::ios::binary};
    if (!in) return error{errc::denied, "the file " + file.string() + " cannot be read by this user"};
    std::string text(largest_secret + 3, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    cut_trailing_newline(text);
    if (text.empty()) return error{errc::invalid_argument, "the file " + file.string() + " is empty"};
    if (text.size() > largest_secret)
        return error{errc::too_large, "the file " + file.string() + " is larger than 64 KiB"};
    if (text.find('\0') != std::string::npos)
        return error{errc::invalid_argument, "the file " + file.string() + " holds a NUL byte; write the key as text"};
    return base::secret{std::move(text)};
}

base::result<base::secret> read_credential(const std::string& name) {
    if (!is_credential_name(name)) return error{errc::invalid_argument, "expected the name of a credential"};
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory == '\0')
        return error{errc::not_found, "$CREDENTIALS_DIRECTORY is not set: add LoadCredential=" + name +
                                          ":/path to the unit, or use the _file form to run without systemd"};
    return read_secret_file(fs::path{directory} / name);
}

}  // namespace dormouse::config
