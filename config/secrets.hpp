#pragma once
// Secrets that lie in files of their own. The contents never become part of a message.

#include "base/error.hpp"
#include "base/secret.hpp"

#include <filesystem>
#include <string>

namespace dormouse::config {

/// The whole file, without one trailing newline. The error's detail says what is wrong and what to do: missing, not a
/// regular file, open to other users (any bit of 007), empty, larger than 64 KiB, holding a NUL byte.
[[nodiscard]] base::result<base::secret> read_secret_file(const std::filesystem::path& file);

/// The file `name` below $CREDENTIALS_DIRECTORY (systemd's LoadCredential=).
[[nodiscard]] base::result<base::secret> read_credential(const std::string& name);

/// Nothing to say, or why a file that holds secrets is not private enough, with the command that mends it.
[[nodiscard]] base::result<void> check_private(const std::filesystem::path& file);

}  // namespace dormouse::config
